//! tmux's socket in, what it says about itself and the terminal around it out; asked, never told to change anything.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// What tmux tells.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facts {
    /// Whether `allow-passthrough` is on for this pane; `None` where tmux does not say (before 3.3 it had no such option).
    pub passes_through: Option<bool>,
    /// `TERM` of the terminal around it; empty while none is attached.
    pub term: String,
    /// Its name and version, as that terminal told tmux.
    pub name: String,
    /// tmux draws sixel there.
    pub has_sixel: bool,
    /// A cell in pixels: width, height.
    pub cell: Option<(u32, u32)>,
    /// Changes when another terminal is attached.
    pub client: String,
}

impl Facts {
    /// The terminal around has kitty's protocol with placeholders.
    pub(super) fn is_kitty(&self) -> bool {
        let by_term = matches!(self.term.as_str(), "xterm-kitty" | "xterm-ghostty");
        by_term || self.name.starts_with("kitty") || self.name.starts_with("ghostty")
    }

    /// Nothing tells what the terminal around is.
    pub(super) fn is_unnamed(&self) -> bool {
        self.name.is_empty() && !self.is_kitty() && !self.term.is_empty()
    }

    /// From what [`FORMAT`] and the option print.
    fn parse(display: &str, option: &str) -> Self {
        let mut fields = display.trim_end_matches('\n').split('\t');
        let mut next = || fields.next().unwrap_or_default().to_owned();
        let (client, term, name, features) = (next(), next(), next(), next());
        let cell = (next().parse().ok()).zip(next().parse().ok());
        Self {
            passes_through: match option.trim() {
                "" => None,
                state => Some(matches!(state, "on" | "all")),
            },
            has_sixel: features.split(',').any(|it| it == "sixel"),
            term,
            name,
            cell: cell.filter(|it| *it != (0, 0)),
            client,
        }
    }
}

const FORMAT: &str = "#{client_pid}:#{client_tty}\t#{client_termname}\t#{client_termtype}\t#{client_termfeatures}\t#{client_cell_width}\t#{client_cell_height}";

/// tmux answers in some milliseconds, or is stuck.
const PATIENCE: Duration = Duration::from_secs(2);

/// Asks the tmux that this process runs in. Takes its time: not for the thread that draws.
///
/// `None` when there is none, or it does not answer.
pub(super) fn ask(pane: Option<&str>) -> Option<Facts> {
    let target = pane.map_or_else(Vec::new, |pane| vec!["-t", pane]);
    let display = run(&[&["display-message", "-p"], target.as_slice(), &[FORMAT]].concat())?;
    // an option that this version does not have is an error
    let option = run(&[
        &["show-options", "-Apqv"],
        target.as_slice(),
        &["allow-passthrough"],
    ]
    .concat());
    Some(Facts::parse(&display, &option.unwrap_or_default()))
}

fn run(arguments: &[&str]) -> Option<String> {
    let mut child = Command::new("tmux")
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .ok()?;
    let until = Instant::now() + PATIENCE;
    let status = loop {
        match child.try_wait() {
            Ok(Some(status)) => break status,
            Ok(None) if Instant::now() < until => std::thread::sleep(Duration::from_millis(5)),
            _ => {
                // it may have ended by itself
                let _ = child.kill();
                let _ = child.wait();
                return None;
            }
        }
    };
    // some hundred bytes: they fit into the pipe
    let output = child.wait_with_output().ok()?;
    status
        .success()
        .then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn facts_are_read_from_what_tmux_prints() {
        let facts = Facts::parse(
            "12:/dev/pts/3\txterm-kitty\tkitty(0.42.1)\t256,RGB,title\t9\t18\n",
            "on\n",
        );
        assert_eq!(facts.passes_through, Some(true));
        assert_eq!(facts.cell, Some((9, 18)));
        assert!(facts.is_kitty() && !facts.is_unnamed() && !facts.has_sixel);
        let sixel = Facts::parse("1:x\tfoot\tfoot(1.16.2)\tsixel,RGB\t0\t0\n", "off\n");
        assert!(sixel.has_sixel && !sixel.is_kitty() && sixel.cell.is_none());
        assert_eq!(sixel.passes_through, Some(false));
        assert_eq!(
            Facts::parse("\t\t\t\t\t", ""),
            Facts {
                client: String::new(),
                ..Facts::default()
            }
        );
        assert!(Facts::parse("1:x\txterm-256color\t\t\t", "all").is_unnamed());
    }
}
