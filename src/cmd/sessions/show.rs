//! A session's name in, what was asked and answered out, as a person reads it: turn by turn, as each is read.

use std::io::{self, IsTerminal as _, Write};

use crate::cli::ShowArgs;
use crate::error::Failure;
use crate::session::contents::Contents;
use crate::session::export::leaf::{Leaf, Leaves, Wish, cover};
use crate::session::export::{self, Format, Order};
use crate::session::safe::{printable, printable_line};
use crate::session::store::{self, Store};
use crate::settings::{Lang, Settings};
use crate::terminal::has_colours;

impl ShowArgs {
    /// Prints the session.
    ///
    /// # Errors
    /// When it cannot be found or read, has no such turn, or nobody takes what is printed.
    pub(super) fn run(self, store: &Store, settings: &Settings) -> anyhow::Result<()> {
        let path = store.find(&self.name)?;
        let mut contents = Contents::open(&path)?;
        if let Some(turn) = self.turn {
            is_there(&contents, turn)?;
        }
        let wish = super::wish(settings, self.all, self.turn);
        let name = store::name(&path);
        let mut out = io::BufWriter::new(io::stdout().lock());
        if self.json {
            let order = Order {
                name: &name,
                wish,
                sights: &std::collections::BTreeMap::new(),
            };
            export::write(&mut contents, Format::Json, &order, &mut out)?;
            out.flush()?;
            return Ok(());
        }
        let paint = Paint {
            lang: settings.lang,
            has_colours: io::stdout().is_terminal() && has_colours(),
        };
        paint.session(&mut contents, &name, wish, &mut out)
    }
}

fn is_there(contents: &Contents, turn: usize) -> Result<(), Failure> {
    let turns = &contents.story.turns;
    if contents.index_of(turn).is_some() {
        return Ok(());
    }
    Err(Failure::Usage(match turns.last() {
        Some(last) => format!(
            "--turn: there is no turn {turn}; the last is {}",
            last.turn.n
        ),
        None => format!("--turn: there is no turn {turn}: nothing was asked in this session"),
    }))
}

/// How it looks.
struct Paint {
    lang: Lang,
    has_colours: bool,
}

impl Paint {
    fn session(
        &self,
        contents: &mut Contents,
        name: &str,
        wish: Wish,
        out: &mut dyn Write,
    ) -> anyhow::Result<()> {
        let cover = cover(contents, name, wish);
        if wish.turn.is_none() {
            if !cover.title.is_empty() {
                writeln!(out, "{}", self.bold(&printable_line(&cover.title)))?;
            }
            for fact in &cover.facts {
                writeln!(out, "{}", self.dim(fact))?;
            }
            writeln!(out, "{}", self.dim(cover.disclaimer))?;
        }
        let mut leaves = Leaves::of(contents, wish);
        let mut is_first = wish.turn.is_some();
        while let Some(leaf) = leaves.next_leaf()? {
            if !is_first {
                writeln!(out)?;
            }
            is_first = false;
            self.leaf(&leaf, out)?;
            // what was read is seen before the next is read
            out.flush()?;
        }
        if let Some(hidden) = &cover.hidden {
            writeln!(out, "\n{}", self.dim(hidden))?;
        }
        out.flush()?;
        Ok(())
    }

    fn leaf(&self, leaf: &Leaf, out: &mut dyn Write) -> io::Result<()> {
        let marks = match leaf.marks.join(", ").as_str() {
            "" => String::new(),
            marks => format!(" ({})", printable_line(marks)),
        };
        let heading = match self.lang {
            Lang::En => format!("turn {}{marks}", leaf.number),
            Lang::Zh => format!("第 {} 轮{marks}", leaf.number),
        };
        writeln!(out, "{}", self.bold(&heading))?;
        let pictures = leaf.pictures.iter().map(|it| &it.line);
        for line in leaf.news.iter().chain(pictures) {
            writeln!(out, "{}", self.dim(line))?;
        }
        for (heading, text) in &leaf.priors {
            writeln!(out, "{}", self.dim(&format!("{heading}:")))?;
            quoted("| ", text, out)?;
        }
        quoted("> ", &leaf.question, out)?;
        if !leaf.thinking.is_empty() {
            writeln!(out, "{}", self.dim(leaf.thinking.trim_matches('\n')))?;
        }
        if !leaf.answer.trim().is_empty() {
            writeln!(out, "\n{}\n", printable(leaf.answer.trim_matches('\n')))?;
        }
        leaf.facts
            .iter()
            .try_for_each(|fact| writeln!(out, "{}", self.dim(fact)))
    }

    /// What is the most important: bold where there are colours.
    fn bold(&self, text: &str) -> String {
        if self.has_colours {
            format!("\x1b[1m{text}\x1b[0m")
        } else {
            format!("== {text} ==")
        }
    }

    /// What is less important: dimmed where there are colours, and further to the right.
    fn dim(&self, text: &str) -> String {
        let text = printable(text).replace('\n', "\n    ");
        if self.has_colours {
            format!("\x1b[2m  {text}\x1b[0m")
        } else {
            format!("  {text}")
        }
    }
}

/// Text of any kind, a mark before each line.
fn quoted(mark: &str, text: &str, out: &mut dyn Write) -> io::Result<()> {
    let text = printable(text);
    text.trim_matches('\n')
        .split('\n')
        .try_for_each(|line| writeln!(out, "{}", format!("{mark}{line}").trim_end()))
}
