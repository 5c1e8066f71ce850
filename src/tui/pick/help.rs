//! The table of commands and the keys as they are bound in, a help to look through out: keys by place, then commands.

use super::Picker;
use super::item::Item;
use super::list::{List, Order};
use super::msg::Act;
use super::palette::{Action, Place, action_item, command_items, meant};
use super::subject::{On, Step, Subject};
use crate::settings::Lang;

impl Picker {
    /// The help. What is chosen in it is done, as in the palette.
    pub fn help(actions: &[Action], lang: Lang) -> Self {
        let mut items: Vec<Item> = Vec::new();
        for place in Place::ALL {
            let there = actions.iter().filter(|it| it.place == place);
            // what is looked up is not done: why it cannot be done now is beside the point
            let item = |it| Item {
                why_not: None,
                ..action_item(it).group(place.name(lang))
            };
            items.extend(there.map(item));
        }
        items.extend(command_items(&[], lang));
        let list = List::new(Order::Given).with(items);
        Self::new(Box::new(Help), list, lang)
    }
}

#[derive(Debug)]
struct Help;

impl Subject for Help {
    fn title(&self, lang: Lang) -> String {
        lang.pick("help: keys and commands", "帮助：按键与命令")
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
