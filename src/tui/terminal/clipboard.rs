//! Text in, the command that asks the terminal to put it on its clipboard out (OSC 52): the clipboard of whoever sits there.

use base64::Engine as _;

use crate::session::safe::printable;
use crate::settings::Lang;

/// The most bytes that are sent: longer commands are dropped by terminals without a word.
pub const MOST: usize = 74_994;

/// What went to the terminal. Whether it took it, nobody is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Copied {
    /// Bytes that were sent.
    pub sent: usize,
    /// Bytes that there were.
    pub of: usize,
}

impl Copied {
    /// What to tell the person.
    pub fn text(self, lang: Lang) -> String {
        let Self { sent, of } = self;
        if sent == of {
            let told = lang.pick("sent to terminal (N bytes)", "已发送到终端（N 字节）");
            return told.replace('N', &sent.to_string());
        }
        let told = lang.pick(
            "sent to terminal (the first N of M bytes: terminals take no more)",
            "已发送到终端（共 M 字节，只有前 N 字节：终端不接受更多）",
        );
        told.replace('N', &sent.to_string())
            .replace('M', &of.to_string())
    }
}

/// The command for a text. In tmux it goes around it where that is allowed; otherwise tmux decides (`set-clipboard`).
pub fn command(text: &str, through_tmux: bool) -> (String, Copied) {
    let text = printable(text);
    let mut end = text.len().min(MOST);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let encoded = base64::engine::general_purpose::STANDARD.encode(&text[..end]);
    let copied = Copied {
        sent: end,
        of: text.len(),
    };
    let command = if through_tmux {
        format!("\x1bPtmux;\x1b\x1b]52;c;{encoded}\x07\x1b\\")
    } else {
        format!("\x1b]52;c;{encoded}\x07")
    };
    (command, copied)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_sent_as_it_is() {
        let (command, copied) = command("No effusion.\n", false);
        assert_eq!(command, "\x1b]52;c;Tm8gZWZmdXNpb24uCg==\x07");
        assert_eq!(copied.text(Lang::En), "sent to terminal (13 bytes)");
        assert_eq!(copied.text(Lang::Zh), "已发送到终端（13 字节）");
    }

    #[test]
    fn nothing_in_it_can_end_the_command_or_hide() {
        let (command, _) = command("a\x07\x1b]52;c;!\u{202e}b", false);
        let inner = &command["\x1b]52;c;".len()..command.len() - 1];
        let plain = base64::engine::general_purpose::STANDARD
            .decode(inner)
            .unwrap();
        assert_eq!(plain, b"a\\u{7}\\u{1b}]52;c;!\\u{202e}b");
    }

    #[test]
    fn what_is_too_long_is_cut_between_characters_and_said() {
        let (command, copied) = command(&"肺".repeat(30_000), false);
        assert_eq!(
            copied,
            Copied {
                sent: 74_994,
                of: 90_000
            }
        );
        assert!(command.len() <= 100_000);
        assert_eq!(
            copied.text(Lang::En),
            "sent to terminal (the first 74994 of 90000 bytes: terminals take no more)"
        );
        let (_, copied) = super::command(&format!("a{}", "肺".repeat(30_000)), false);
        assert_eq!(copied.sent, 74_992);
    }

    #[test]
    fn tmux_passes_it_on_where_it_may() {
        assert_eq!(
            command("a", true).0,
            "\x1bPtmux;\x1b\x1b]52;c;YQ==\x07\x1b\\"
        );
    }
}
