//! The screen's size, what is shown and who has the keys in, the place of everything out: pure geometry.
//!
//! Three arrangements: columns (rail, picture, conversation over input), stacked (picture above conversation), and one pane at
//! a time; under 30 × 8 cells one line says that there is no room. What comes and goes while somebody works (progress, a longer
//! input) never moves the picture where it can be helped: a picture that moves is sent again.

use ratatui::layout::{Position, Rect};

mod lines;

mod sizes;

#[cfg(test)]
mod tests;

#[cfg(test)]
mod screens_tests;

pub use sizes::Sizes;

/// The fewest columns and rows that the interface needs.
pub const LEAST: (u16, u16) = (30, 8);

/// Columns from which rail, picture and conversation stand beside each other.
pub const WIDE: u16 = 110;

/// Rows from which picture and conversation stand above each other.
pub const TALL: u16 = 18;

/// The rail's columns when it is folded.
pub const FOLDED: u16 = 3;

/// The fewest columns of rail, picture and conversation beside each other; the most of the rail.
const RAIL: (u16, u16) = (18, 40);
const PICTURE_COLUMNS: u16 = 24;
const TALK_COLUMNS: u16 = 36;

/// The fewest rows of picture and conversation above each other.
const PICTURE_ROWS: u16 = 5;
const TALK_ROWS: u16 = 4;

/// Something that can have the keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Pane {
    /// Pictures and sessions.
    Rail,
    /// The picture.
    Picture,
    /// The conversation.
    Talk,
    /// The input.
    Input,
}

/// A direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Way {
    /// To the left.
    Left,
    /// To the right.
    Right,
    /// Up.
    Up,
    /// Down.
    Down,
}

/// A border that can be moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Border {
    /// Right of the rail.
    Rail,
    /// Between picture and conversation beside each other.
    Across,
    /// Between picture and conversation above each other.
    Down,
}

/// How the rail is shown where there is room for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RailForm {
    /// With names.
    Open,
    /// Three columns.
    Folded,
    /// Not at all.
    Hidden,
}

/// What should be shown, and who has the keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
pub struct Wish {
    /// Who has the keys.
    pub focus: Pane,
    /// The pane that is in front while the input has the keys and there is room for one only.
    pub front: Pane,
    /// The rail.
    pub rail: RailForm,
    /// Whether the picture is shown.
    pub has_picture: bool,
    /// Whether the picture is alone on the screen.
    pub is_full: bool,
    /// Whether two pictures are shown.
    pub is_double: bool,
    /// Rows that the input needs.
    pub input: u16,
    /// Whether progress is shown; it takes the gauge's place.
    pub has_progress: bool,
    /// Whether a session is played.
    pub has_player: bool,
}

impl Default for Wish {
    fn default() -> Self {
        Self {
            focus: Pane::Input,
            front: Pane::Talk,
            rail: RailForm::Open,
            has_picture: true,
            is_full: false,
            is_double: false,
            input: 1,
            has_progress: false,
            has_player: false,
        }
    }
}

impl Wish {
    /// Gives the keys to a pane, and shows it if it is hidden.
    pub fn give(&mut self, pane: Pane) {
        self.focus = pane;
        match pane {
            Pane::Input => {}
            Pane::Rail if self.rail == RailForm::Hidden => {
                self.front = pane;
                self.rail = RailForm::Open;
            }
            Pane::Picture => {
                self.front = pane;
                self.has_picture = true;
            }
            Pane::Rail | Pane::Talk => self.front = pane,
        }
        if pane != Pane::Picture {
            self.is_full = false;
        }
    }

    /// The pane after the one that has the keys, or before it, round the ends.
    pub fn next(&self, is_forward: bool) -> Pane {
        let all = [Pane::Rail, Pane::Picture, Pane::Talk, Pane::Input];
        let is_there = |it: &Pane| match it {
            Pane::Rail => self.rail != RailForm::Hidden,
            Pane::Picture => self.has_picture,
            Pane::Talk | Pane::Input => true,
        };
        let here = all.iter().position(|it| *it == self.focus).unwrap_or(0);
        let step = if is_forward { 1 } else { all.len() - 1 };
        let order = (1..=all.len()).filter_map(|n| all.get((here + n * step) % all.len()));
        let mut order = order.copied().filter(is_there);
        order.next().unwrap_or(Pane::Input)
    }

    /// The picture alone, or all panes again.
    pub fn toggle_full(&mut self) {
        let is_full = !self.is_full;
        if is_full {
            self.give(Pane::Picture);
        }
        self.is_full = is_full;
    }

    /// Hides the picture, or shows it again.
    pub fn toggle_picture(&mut self) {
        self.has_picture = !self.has_picture;
        self.is_full = false;
        if !self.has_picture {
            if self.focus == Pane::Picture {
                self.give(Pane::Input);
            }
            if self.front == Pane::Picture {
                self.front = Pane::Talk;
            }
        }
    }

    /// The pane that is seen where there is room for one.
    fn in_front(&self) -> Pane {
        let front = if self.focus == Pane::Input {
            self.front
        } else {
            self.focus
        };
        match front {
            Pane::Input => Pane::Talk,
            Pane::Picture if !self.has_picture => Pane::Talk,
            other => other,
        }
    }
}

/// The arrangement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Beside each other.
    Wide,
    /// Above each other.
    Stacked,
    /// One pane at a time.
    Single,
    /// The picture alone.
    Full,
    /// No room.
    TooSmall,
}

/// A line between panes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line {
    /// Its cells: one column, or one row.
    pub area: Rect,
    /// Whether it is a column.
    pub is_upright: bool,
    /// The border that it is, if it can be moved.
    pub border: Option<Border>,
    /// What is before and after it.
    pub beside: [Pane; 2],
}

/// Where everything is. What is not shown has no place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    /// The arrangement.
    pub kind: Kind,
    /// The whole screen.
    pub area: Rect,
    /// Names of picture and session, over the panes.
    pub title: Option<Rect>,
    /// The rail.
    pub rail: Option<Rect>,
    /// Whether the rail is folded.
    pub is_folded: bool,
    /// The picture or the two pictures.
    pub pictures: [Option<Rect>; 2],
    /// The conversation.
    pub talk: Option<Rect>,
    /// What fills the context window.
    pub gauge: Option<Rect>,
    /// Progress, in the gauge's place.
    pub progress: Option<Rect>,
    /// The input.
    pub input: Option<Rect>,
    /// The session that is played.
    pub player: Option<Rect>,
    /// One or two status lines.
    pub status: Option<Rect>,
    /// Lines between panes.
    pub lines: Vec<Line>,
}

impl Layout {
    /// Places everything in an area.
    pub fn new(area: Rect, wish: &Wish, sizes: Sizes) -> Self {
        let mut layout = Self {
            kind: Kind::TooSmall,
            area,
            title: None,
            rail: None,
            is_folded: false,
            pictures: [None; 2],
            talk: None,
            gauge: None,
            progress: None,
            input: None,
            player: None,
            status: None,
            lines: Vec::new(),
        };
        if area.width < LEAST.0 || area.height < LEAST.1 {
            return layout;
        }
        layout.kind = match () {
            () if wish.is_full && wish.has_picture => Kind::Full,
            () if area.width >= WIDE => Kind::Wide,
            () if area.height >= TALL => Kind::Stacked,
            () => Kind::Single,
        };
        let body = layout.edges(wish);
        match layout.kind {
            Kind::Wide => layout.wide(body, wish, sizes),
            Kind::Full => layout.pictures(body, wish),
            _ => layout.narrow(body, wish, sizes),
        }
        layout
    }

    /// Title, player and status at the edges; what is left.
    fn edges(&mut self, wish: &Wish) -> Rect {
        let (height, width) = (self.area.height, self.area.width);
        let mut body = self.area;
        let status = 1 + u16::from(height >= 30 && width >= 60);
        self.status = Some(cut_bottom(&mut body, status));
        if wish.has_player {
            self.player = Some(cut_bottom(&mut body, 1));
        }
        let has_title = match self.kind {
            Kind::Wide => height >= 20,
            Kind::Stacked => height >= 28,
            _ => false,
        };
        if has_title {
            self.title = Some(cut_top(&mut body, 1));
        }
        body
    }

    /// Input and gauge at the bottom of a column; what is left.
    fn bottom(&mut self, column: Rect, wish: &Wish) -> Rect {
        let mut rest = column;
        let most = (column.height / 3).max(1);
        self.input = Some(cut_bottom(&mut rest, wish.input.clamp(1, most)));
        if rest.height > TALK_ROWS {
            let line = cut_bottom(&mut rest, 1);
            if wish.has_progress {
                self.progress = Some(line);
            } else {
                self.gauge = Some(line);
            }
        }
        rest
    }

    fn wide(&mut self, body: Rect, wish: &Wish, sizes: Sizes) {
        let mut rest = body;
        let rail = match wish.rail {
            RailForm::Hidden => 0,
            RailForm::Folded => FOLDED,
            RailForm::Open => Sizes::of(sizes.rail, body.width).clamp(RAIL.0, RAIL.1),
        };
        if rail > 0 {
            self.is_folded = wish.rail == RailForm::Folded;
            self.rail = Some(cut_left(&mut rest, rail));
            let after = if wish.has_picture {
                Pane::Picture
            } else {
                Pane::Talk
            };
            let border = (!self.is_folded).then_some(Border::Rail);
            self.upright(&mut rest, border, [Pane::Rail, after]);
        }
        if wish.has_picture {
            let room = rest.width - 1;
            let columns = Sizes::of(sizes.across, room);
            let columns = columns.clamp(PICTURE_COLUMNS, room - TALK_COLUMNS);
            let picture = cut_left(&mut rest, columns);
            self.upright(&mut rest, Some(Border::Across), [Pane::Picture, Pane::Talk]);
            self.pictures(picture, wish);
        }
        self.talk = Some(self.bottom(rest, wish));
    }

    fn upright(&mut self, rest: &mut Rect, border: Option<Border>, beside: [Pane; 2]) {
        let area = cut_left(rest, 1);
        self.lines.push(Line {
            area,
            is_upright: true,
            border,
            beside,
        });
    }

    fn narrow(&mut self, body: Rect, wish: &Wish, sizes: Sizes) {
        let rest = self.bottom(body, wish);
        let front = wish.in_front();
        let is_single = self.kind == Kind::Single || front == Pane::Rail || !wish.has_picture;
        match front {
            _ if !is_single => self.stacked(rest, body, wish, sizes),
            Pane::Rail => self.rail = Some(rest),
            Pane::Picture => self.pictures(rest, wish),
            Pane::Talk | Pane::Input => self.talk = Some(rest),
        }
    }

    /// The picture's rows do not depend on the input's while there is room.
    fn stacked(&mut self, rest: Rect, body: Rect, wish: &Wish, sizes: Sizes) {
        let room = rest.height - 1;
        let rows = Sizes::of(sizes.down, body.height - 3);
        let rows = rows.clamp(PICTURE_ROWS, room - TALK_ROWS);
        let mut rest = rest;
        let picture = cut_top(&mut rest, rows);
        let area = cut_top(&mut rest, 1);
        self.lines.push(Line {
            area,
            is_upright: false,
            border: Some(Border::Down),
            beside: [Pane::Picture, Pane::Talk],
        });
        self.pictures(picture, wish);
        self.talk = Some(rest);
    }

    /// One picture, or two beside or above each other where both have room.
    fn pictures(&mut self, area: Rect, wish: &Wish) {
        let mut rest = area;
        let mut line = |area, is_upright| {
            self.lines.push(Line {
                area,
                is_upright,
                border: None,
                beside: [Pane::Picture; 2],
            });
        };
        let is_beside = area.width > 2 * PICTURE_COLUMNS;
        self.pictures = match () {
            () if wish.is_double && is_beside => {
                let first = cut_left(&mut rest, (area.width - 1) / 2);
                line(cut_left(&mut rest, 1), true);
                [Some(first), Some(rest)]
            }
            () if wish.is_double && area.height > 2 * PICTURE_ROWS => {
                let first = cut_top(&mut rest, (area.height - 1) / 2);
                line(cut_top(&mut rest, 1), false);
                [Some(first), Some(rest)]
            }
            () => [Some(area), None],
        };
    }

    /// The border under a cell.
    pub fn border_at(&self, column: u16, row: u16) -> Option<Border> {
        let at = Position::new(column, row);
        let mut lines = self.lines.iter();
        lines
            .find(|it| it.area.contains(at))
            .and_then(|it| it.border)
    }

    /// The pane under a cell.
    pub fn pane_at(&self, column: u16, row: u16) -> Option<Pane> {
        let at = Position::new(column, row);
        let mut panes = self.panes();
        panes.find(|it| it.1.contains(at)).map(|it| it.0)
    }

    /// The panes that are shown.
    pub fn panes(&self) -> impl Iterator<Item = (Pane, Rect)> + use<> {
        let [first, second] = self.pictures;
        let all = [
            (Pane::Rail, self.rail),
            (Pane::Picture, first),
            (Pane::Picture, second),
            (Pane::Talk, self.talk),
            (Pane::Input, self.input),
        ];
        all.into_iter().filter_map(|it| Some((it.0, it.1?)))
    }

    /// The border that a pane's keys move in a direction: the one beside the pane, else the other of that kind.
    pub fn border_of(&self, focus: Pane, way: Way) -> Option<Border> {
        let is_upright = matches!(way, Way::Left | Way::Right);
        let focus = if focus == Pane::Input {
            Pane::Talk
        } else {
            focus
        };
        let lines = || {
            let all = self.lines.iter().filter(|it| it.is_upright == is_upright);
            all.filter_map(|it| Some((it.border?, it.beside)))
        };
        // The picture has two borders; the one to the conversation is more often meant.
        let beside = lines().rfind(|it| it.1.contains(&focus));
        beside.or_else(|| lines().next_back()).map(|it| it.0)
    }

    /// Moves the border beside a pane by one step of the keys; whether one moved.
    pub fn push(&self, sizes: &mut Sizes, focus: Pane, way: Way) -> bool {
        let Some(border) = self.border_of(focus, way) else {
            return false;
        };
        let Some(line) = self.lines.iter().find(|it| it.border == Some(border)) else {
            return false;
        };
        let (x, y) = (line.area.x, line.area.y);
        let to = match way {
            Way::Left => (x.saturating_sub(2), y),
            Way::Right => (x.saturating_add(2), y),
            Way::Up => (x, y.saturating_sub(1)),
            Way::Down => (x, y.saturating_add(1)),
        };
        self.drag(sizes, border, to);
        true
    }

    /// Moves a border to a cell (column and row of the screen), as far as it can go.
    pub fn drag(&self, sizes: &mut Sizes, border: Border, to: (u16, u16)) {
        let body = self.body();
        let first = self.pictures.iter().flatten().next();
        match border {
            Border::Rail => {
                let columns = to.0.saturating_sub(body.x).clamp(RAIL.0, RAIL.1);
                sizes.rail = Sizes::share(columns, body.width);
            }
            Border::Across => {
                let from = first.map_or(body.x, |it| it.x);
                let room = body.right().saturating_sub(from).saturating_sub(1);
                let most = room.saturating_sub(TALK_COLUMNS).max(PICTURE_COLUMNS);
                let columns = to.0.saturating_sub(from).clamp(PICTURE_COLUMNS, most);
                sizes.across = Sizes::share(columns, room);
            }
            Border::Down => {
                let from = first.map_or(body.y, |it| it.y);
                let bottom = self.talk.map_or(body.bottom(), Rect::bottom);
                let room = bottom.saturating_sub(from).saturating_sub(1);
                let most = room.saturating_sub(TALK_ROWS).max(PICTURE_ROWS);
                let rows = to.1.saturating_sub(from).clamp(PICTURE_ROWS, most);
                sizes.down = Sizes::share(rows, body.height.saturating_sub(3));
            }
        }
    }

    /// What title, player and status leave.
    fn body(&self) -> Rect {
        let top = self.title.map_or(self.area.y, Rect::bottom);
        let last = self.player.or(self.status);
        let bottom = last.map_or(self.area.bottom(), |it| it.y);
        Rect {
            y: top,
            height: bottom.saturating_sub(top),
            ..self.area
        }
    }
}

fn cut_top(rest: &mut Rect, rows: u16) -> Rect {
    let rows = rows.min(rest.height);
    let cut = Rect {
        height: rows,
        ..*rest
    };
    rest.y += rows;
    rest.height -= rows;
    cut
}

fn cut_bottom(rest: &mut Rect, rows: u16) -> Rect {
    let rows = rows.min(rest.height);
    rest.height -= rows;
    Rect {
        y: rest.bottom(),
        height: rows,
        ..*rest
    }
}

fn cut_left(rest: &mut Rect, columns: u16) -> Rect {
    let columns = columns.min(rest.width);
    let cut = Rect {
        width: columns,
        ..*rest
    };
    rest.x += columns;
    rest.width -= columns;
    cut
}
