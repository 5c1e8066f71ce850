//! ratatui's cells in, crossterm's bytes into our writer out; and nothing at all for what is as it was.
//!
//! crossterm's backend ends every frame with a reset of all colours and sets the cursor anew, 25 to 32 bytes for a frame in
//! which nothing changed. Here the cursor is only told to the terminal when it is another, and an empty change is empty.

use std::io;

use ratatui::backend::{Backend, ClearType, CrosstermBackend, WindowSize};
use ratatui::buffer::Cell;
use ratatui::layout::{Position, Size};

use super::writer::TtyWriter;

/// A backend whose size is told, not asked, and whose cursor is remembered, not queried.
pub struct Quiet {
    inner: CrosstermBackend<TtyWriter>,
    writer: TtyWriter,
    size: Size,
    cursor: Option<Position>,
    is_shown: Option<bool>,
}

impl Quiet {
    /// Draws into `writer`, on a screen of this size.
    pub fn new(writer: TtyWriter, size: Size) -> Self {
        Self {
            inner: CrosstermBackend::new(writer.clone()),
            writer,
            size,
            cursor: None,
            is_shown: None,
        }
    }

    /// Cells across and down.
    pub fn screen(&self) -> Size {
        self.size
    }

    /// The screen is so many cells across and down now.
    pub fn set_size(&mut self, size: Size) {
        self.size = size;
    }

    /// The cursor is who knows where.
    pub fn forget_cursor(&mut self) {
        self.cursor = None;
        self.is_shown = None;
    }
}

impl Backend for Quiet {
    type Error = io::Error;

    fn draw<'a, I>(&mut self, content: I) -> io::Result<()>
    where
        I: Iterator<Item = (u16, u16, &'a Cell)>,
    {
        let mut content = content.peekable();
        if content.peek().is_none() {
            return Ok(());
        }
        self.cursor = None;
        self.inner.draw(content)
    }

    fn hide_cursor(&mut self) -> io::Result<()> {
        if self.is_shown == Some(false) {
            return Ok(());
        }
        self.is_shown = Some(false);
        self.inner.hide_cursor()
    }

    fn show_cursor(&mut self) -> io::Result<()> {
        if self.is_shown == Some(true) {
            return Ok(());
        }
        self.is_shown = Some(true);
        self.inner.show_cursor()
    }

    fn get_cursor_position(&mut self) -> io::Result<Position> {
        Ok(self.cursor.unwrap_or_default())
    }

    fn set_cursor_position<P: Into<Position>>(&mut self, position: P) -> io::Result<()> {
        let position = position.into();
        if self.cursor == Some(position) && !self.writer.take_moved() {
            return Ok(());
        }
        self.writer.take_moved();
        self.cursor = Some(position);
        self.inner.set_cursor_position(position)
    }

    fn clear(&mut self) -> io::Result<()> {
        self.clear_region(ClearType::All)
    }

    /// All of it: from the upper left corner to the end, which some terminals let pictures survive.
    fn clear_region(&mut self, region: ClearType) -> io::Result<()> {
        if region == ClearType::All {
            self.inner.set_cursor_position((0, 0))?;
            self.cursor = Some(Position::default());
            return self.inner.clear_region(ClearType::AfterCursor);
        }
        self.inner.clear_region(region)
    }

    fn size(&self) -> io::Result<Size> {
        Ok(self.size)
    }

    fn window_size(&mut self) -> io::Result<WindowSize> {
        Ok(WindowSize {
            columns_rows: self.size,
            pixels: Size::default(),
        })
    }

    /// Nothing: the frame goes out as a whole.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
