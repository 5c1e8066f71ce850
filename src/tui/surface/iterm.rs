//! A PNG and a number of cells in, iTerm2's command for an inline picture out.
//!
//! The command: <https://iterm2.com/documentation-images.html>.

use base64::Engine as _;
use ratatui::layout::Rect;

/// Shows a PNG where the cursor is, stretched to exactly these cells (their proportions are the picture's).
pub(super) fn inline(png: &[u8], cells: Rect) -> Vec<u8> {
    let head = format!(
        "\x1b]1337;File=inline=1;size={};width={};height={};preserveAspectRatio=0;doNotMoveCursor=1:",
        png.len(),
        cells.width,
        cells.height
    );
    let mut command = head.into_bytes();
    command.extend(
        base64::engine::general_purpose::STANDARD
            .encode(png)
            .bytes(),
    );
    command.push(0x07);
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_says_how_many_bytes_and_cells_come() {
        let command = inline(b"abc", Rect::new(5, 5, 20, 10));
        let text = String::from_utf8(command).unwrap();
        assert!(text.starts_with("\x1b]1337;File=inline=1;size=3;width=20;height=10;"));
        assert!(text.ends_with(":YWJj\x07"));
    }
}
