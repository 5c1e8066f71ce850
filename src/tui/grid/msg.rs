//! What can happen to the grid, and what somebody else has to do about it: data only.

use std::sync::Arc;

use crate::experiment::figures::Figure;
use crate::experiment::row::Row;
use crate::settings::Lang;

use super::Plan;
use crate::tui::sheets::text;

/// Something that happens to the grid.
#[derive(Debug, Clone)]
pub enum Msg {
    /// What will be asked.
    Plan(Box<Plan>),
    /// The question of this id is asked now.
    Begin {
        /// As the plan has it.
        id: String,
    },
    /// A token of the answer that is being given.
    Piece(String),
    /// What became of the question of the row's id.
    Row(Arc<Row>),
    /// What became of many before: results that were there already. They say nothing about how long an answer takes. Reading
    /// an answer takes up to a tenth of a millisecond, so thousands are better sent some hundreds at a time.
    Rows(Vec<Arc<Row>>),
    /// Nothing is asked any more.
    End {
        /// Somebody stopped it.
        is_stopped: bool,
    },
    /// Figures of the whole, by way of asking: computed elsewhere, since intervals take time.
    Figures(Vec<(String, Vec<Figure>)>),
    /// The pane is so many cells wide and high.
    Resize(u16, u16),
    /// The interface speaks this language.
    Lang(Lang),
    /// To another cell.
    Go(Go),
    /// The mouse was pressed at a column and row of the pane.
    Click(u16, u16),
    /// The whole answer, on a sheet.
    Open,
    /// Something about that sheet.
    Sheet(text::Msg),
    /// Compare with this cell; with the one that is compared with already, no more.
    Pin,
    /// Another order of the rows.
    Sort,
    /// Ask the question of this cell in the conversation.
    Take,
    /// Ask nothing more.
    Stop,
    /// Leave the grid; what is asked goes on.
    Escape,
}

/// To another cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Go {
    /// A row up.
    Up,
    /// A row down.
    Down,
    /// A column to the left.
    Left,
    /// A column to the right.
    Right,
    /// A screen up.
    PageUp,
    /// A screen down.
    PageDown,
    /// To the first row.
    Top,
    /// To the last row.
    End,
    /// To the first column.
    First,
    /// To the last column.
    Last,
    /// To the cell that is being answered, and on with it until another key.
    Running,
}

/// What somebody else has to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Put this question into the input.
    Take(String),
    /// Stop the experiment.
    Stop,
    /// Send this text to the clipboard.
    Copy(String),
    /// Give the screen back.
    Leave,
}
