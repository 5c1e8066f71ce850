//! Where a key counts in, what else counts there and what the place is called out.

use crate::settings::Lang;

/// Where a key counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Place {
    /// Everywhere.
    Everywhere,
    /// In panes and sheets where nothing is typed.
    Panes,
    /// The rail.
    Rail,
    /// The picture.
    Picture,
    /// A region or a length that is being drawn by keys: before those of the picture.
    Drawing,
    /// A pixel that is looked at: before those of the picture.
    Probing,
    /// The conversation.
    Talk,
    /// The list of actions on a message.
    Menu,
    /// A query of the conversation's search.
    Typing,
    /// The input.
    Input,
    /// What waits, above the input: before those of the input.
    Waiting,
    /// Lists with a query (palette, prompts, sessions, files), letters typed or not.
    List,
    /// A list while letters are keys: before those of the list.
    Letters,
    /// A list while letters are typed: before those of the list.
    Query,
    /// Fields that are filled in.
    Form,
    /// Text that is written in a sheet.
    Writing,
    /// The prior report: before those of writing.
    Prior,
    /// A line that is asked for: before those of writing.
    Question,
    /// A question that wants a yes or a no.
    Asked,
    /// Whether changes may be lost, asked over a text that is written.
    Dropping,
    /// A yes or no over the whole screen.
    Confirm,
    /// Sheets to read: help, context, an answer.
    Sheet,
    /// A query that is typed in a sheet: before those of the sheet.
    Finding,
    /// A session that is played: before those of the conversation.
    Player,
    /// The grid of an experiment.
    Grid,
}

impl Place {
    /// All, in the order of the help.
    pub const ALL: [Self; 25] = [
        Self::Everywhere,
        Self::Panes,
        Self::Rail,
        Self::Picture,
        Self::Drawing,
        Self::Probing,
        Self::Talk,
        Self::Menu,
        Self::Typing,
        Self::Input,
        Self::Waiting,
        Self::List,
        Self::Letters,
        Self::Query,
        Self::Form,
        Self::Writing,
        Self::Prior,
        Self::Question,
        Self::Asked,
        Self::Dropping,
        Self::Confirm,
        Self::Sheet,
        Self::Finding,
        Self::Player,
        Self::Grid,
    ];

    /// Where its keys are looked for, in this order.
    pub fn stack(self) -> &'static [Self] {
        use Place::{
            Asked, Confirm, Drawing, Dropping, Everywhere, Finding, Form, Grid, Input, Letters,
            List, Menu, Panes, Picture, Player, Prior, Probing, Query, Question, Rail, Sheet, Talk,
            Typing, Waiting, Writing,
        };
        match self {
            Everywhere => &[Everywhere],
            Panes => &[Panes, Everywhere],
            Rail => &[Rail, Panes, Everywhere],
            Picture => &[Picture, Panes, Everywhere],
            Drawing => &[Drawing, Picture, Panes, Everywhere],
            Probing => &[Probing, Picture, Panes, Everywhere],
            Talk => &[Talk, Panes, Everywhere],
            Menu => &[Menu, Everywhere],
            Typing => &[Typing, Everywhere],
            Input => &[Input, Everywhere],
            Waiting => &[Waiting, Input, Everywhere],
            List => &[List, Everywhere],
            Letters => &[Letters, List, Everywhere],
            Query => &[Query, List, Everywhere],
            Form => &[Form, Query, List, Everywhere],
            Writing => &[Writing, Everywhere],
            Prior => &[Prior, Writing, Everywhere],
            Question => &[Question, Writing, Everywhere],
            Asked => &[Asked, Everywhere],
            Dropping => &[Dropping, Everywhere],
            Confirm => &[Confirm, Everywhere],
            Finding => &[Finding, Everywhere],
            Sheet => &[Sheet, Panes, Everywhere],
            Player => &[Player, Talk, Panes, Everywhere],
            Grid => &[Grid, Panes, Everywhere],
        }
    }

    /// Whether characters are typed there: a bare character cannot be a command.
    pub fn takes_text(self) -> bool {
        matches!(
            self,
            Self::Everywhere
                | Self::Typing
                | Self::Input
                | Self::Waiting
                | Self::List
                | Self::Query
                | Self::Form
                | Self::Writing
                | Self::Prior
                | Self::Question
                | Self::Finding
        )
    }

    /// Whether its keys come before others on purpose: all but the panes are left before anything else is done.
    pub fn is_inner(self) -> bool {
        !matches!(
            self,
            Self::Everywhere | Self::Panes | Self::Rail | Self::Picture | Self::Talk | Self::Input
        )
    }

    /// The beginning of its keys' names in the settings.
    pub fn prefix(self) -> &'static str {
        match self {
            Self::Everywhere | Self::Panes => "app",
            Self::Rail => "rail",
            Self::Picture => "picture",
            Self::Drawing => "drawing",
            Self::Probing => "probe",
            Self::Talk => "talk",
            Self::Menu => "menu",
            Self::Typing => "search",
            Self::Input => "input",
            Self::Waiting => "waiting",
            Self::List => "list",
            Self::Letters => "letters",
            Self::Query => "query",
            Self::Form => "form",
            Self::Writing => "writing",
            Self::Prior => "prior",
            Self::Question => "question",
            Self::Asked => "asked",
            Self::Dropping => "dropping",
            Self::Confirm => "confirm",
            Self::Finding => "finding",
            Self::Sheet => "sheet",
            Self::Player => "player",
            Self::Grid => "grid",
        }
    }

    /// What it is called.
    pub fn name(self, lang: Lang) -> &'static str {
        let (en, zh) = match self {
            Self::Everywhere => ("everywhere", "任何位置"),
            Self::Panes => ("where nothing is typed", "非输入位置"),
            Self::Rail => ("rail", "侧栏"),
            Self::Picture => ("picture", "图片"),
            Self::Drawing => ("drawing a region", "绘制区域"),
            Self::Probing => ("value of a pixel", "查看像素值"),
            Self::Talk => ("conversation", "对话"),
            Self::Menu => ("actions on a message", "消息操作"),
            Self::Typing => ("search in the conversation", "对话搜索"),
            Self::Input => ("input", "输入"),
            Self::Waiting => ("what waits", "排队的问题"),
            Self::List => ("lists", "列表"),
            Self::Letters => ("lists, letters are keys", "列表，字母作为按键"),
            Self::Query => ("lists, letters are typed", "列表，输入搜索"),
            Self::Form => ("fields", "填写"),
            Self::Writing => ("writing", "书写"),
            Self::Prior => ("prior report", "既往报告"),
            Self::Question => ("a line that is asked for", "询问的一行"),
            Self::Asked => ("yes or no in a list", "列表中的是或否"),
            Self::Dropping => ("whether changes may be lost", "是否放弃修改"),
            Self::Confirm => ("yes or no", "是或否"),
            Self::Finding => ("search in a sheet", "信息页搜索"),
            Self::Sheet => ("sheets", "信息页"),
            Self::Player => ("replay", "回放"),
            Self::Grid => ("experiment", "实验"),
        };
        lang.pick(en, zh)
    }
}
