//! The table of commands and the actions of the keymap in, a palette out: one list of everything that can be done.

use super::Picker;
use super::item::Item;
use super::list::{List, Order};
use super::msg::{Act, Outcome};
use super::subject::{On, Step, Subject};
use crate::command::{COMMANDS, Command, parse};
use crate::settings::Lang;

/// Something that keys do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Action {
    /// What the parent knows it by.
    pub id: String,
    /// What it is called, in the reader's language.
    pub name: String,
    /// The keys that do it, as they are shown.
    pub keys: String,
    /// Where its keys count.
    pub place: Place,
    /// Why it cannot be done now, in the reader's language.
    pub why_not: Option<String>,
}

/// Where keys count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Everywhere.
    Everywhere,
    /// In the picture.
    Picture,
    /// In the conversation.
    Conversation,
    /// In the input.
    Input,
    /// In lists like this one.
    Lists,
    /// While a session is replayed.
    Replay,
}

impl Place {
    /// All of them, in the order of the help.
    pub const ALL: [Self; 6] = [
        Self::Everywhere,
        Self::Picture,
        Self::Conversation,
        Self::Input,
        Self::Lists,
        Self::Replay,
    ];

    /// What it is called.
    pub fn name(self, lang: Lang) -> &'static str {
        match self {
            Self::Everywhere => lang.pick("everywhere", "随处"),
            Self::Picture => lang.pick("picture", "图片"),
            Self::Conversation => lang.pick("conversation", "对话"),
            Self::Input => lang.pick("input", "输入"),
            Self::Lists => lang.pick("lists", "列表"),
            Self::Replay => lang.pick("replay", "回放"),
        }
    }
}

/// A command that cannot be run now, and why, in the reader's language.
pub type Unable<'a> = (&'a str, &'a str);

impl Picker {
    /// The command palette: every command, then every action. Commands that are `unable` say why.
    pub fn palette(actions: &[Action], unable: &[Unable<'_>], lang: Lang) -> Self {
        let mut items = command_items(unable, lang);
        items.extend(actions.iter().map(action_item));
        let list = List::new(Order::Best).with(items);
        Self::new(Box::new(Palette), list, lang)
    }
}

/// How the key of an action's item begins.
const ACTION: &str = "action:";

/// The commands as items, under one heading.
pub(super) fn command_items(unable: &[Unable<'_>], lang: Lang) -> Vec<Item> {
    let item = |command: &Command| {
        let (usage, help) = command.help(lang);
        let arguments = usage.split_once(' ').map_or("", |it| it.1);
        let about = match arguments {
            "" => help.to_owned(),
            _ => format!("{arguments}  {help}"),
        };
        let why_not = unable.iter().find(|it| it.0 == command.name);
        let name = format!("/{}", command.name);
        Item::new(name.clone(), name)
            .about(about)
            .group(lang.pick("commands", "命令"))
            .why_not(why_not.map(|it| it.1.to_owned()))
    };
    COMMANDS.iter().map(item).collect()
}

/// An action as an item, under the heading of its place for the help, under none for the palette.
pub(super) fn action_item(action: &Action) -> Item {
    Item::new(format!("{ACTION}{}", action.id), &*action.name)
        .keys(&*action.keys)
        .text(&*action.keys)
        .why_not(action.why_not.clone())
}

/// What is done by an item of the palette or the help.
pub(super) fn meant(act: Act, on: On<'_>) -> Vec<Step> {
    let Some(item) = on.item else {
        return Vec::new();
    };
    if let Some(id) = item.key.strip_prefix(ACTION) {
        return match act {
            Act::Enter => vec![Step::End(Outcome::Action(id.to_owned()))],
            _ => Vec::new(),
        };
    }
    let needs_more = parse(&item.key).is_err();
    match act {
        Act::Enter if !needs_more => vec![Step::End(Outcome::Run(item.key.clone()))],
        Act::Enter | Act::Other => vec![Step::End(Outcome::Fill(format!("{} ", item.key)))],
        _ => Vec::new(),
    }
}

#[derive(Debug)]
struct Palette;

impl Subject for Palette {
    fn title(&self, lang: Lang) -> String {
        lang.pick("commands and actions", "命令与操作").to_owned()
    }

    fn hint(&self, lang: Lang) -> String {
        lang.pick("what do you want to do?", "想做什么？")
            .to_owned()
    }

    fn acts(&self, lang: Lang) -> Vec<(Act, &'static str)> {
        vec![
            (Act::Enter, lang.pick("do it", "执行")),
            (Act::Other, lang.pick("into the input", "填入输入栏")),
        ]
    }

    fn act(&mut self, act: Act, on: On<'_>) -> Vec<Step> {
        meant(act, on)
    }
}
