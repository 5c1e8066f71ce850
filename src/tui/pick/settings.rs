//! The settings with their values in, `/set KEY VALUE` out.

use super::Picker;
use super::item::Item;
use super::list::{List, Order};
use super::msg::{Act, Outcome};
use super::subject::{On, Step, Subject};
use crate::settings::{Key, Lang, Origin, Place};

impl Picker {
    /// The settings as they are.
    pub fn settings(origins: &[Origin], lang: Lang) -> Self {
        let items = origins.iter().map(|it| item(it, lang)).collect();
        let subject = Settings {
            origins: origins.to_vec(),
            chosen: None,
        };
        let list = List::new(Order::Best).with(items);
        Self::new(Box::new(subject), list, lang)
    }
}

fn item(origin: &Origin, lang: Lang) -> Item {
    let is_live = Key::find(origin.key).is_ok_and(|it| it.live);
    let why_not = (!is_live).then(|| match lang {
        Lang::En => format!(
            "{0} cannot change while the model is loaded; start again with --{0}",
            origin.key
        ),
        Lang::Zh => format!("模型加载后不能更改 {0}；请用 --{0} 重新启动", origin.key),
    });
    let value = match origin.value.as_str() {
        "" => lang.pick("(empty)", "（空）"),
        value => value,
    };
    Item::new(origin.key, origin.key)
        .about(value)
        .keys(place(&origin.place, lang))
        .why_not(why_not)
}

fn place(place: &Place, lang: Lang) -> String {
    match place {
        Place::Default => lang.pick("default", "默认").to_owned(),
        Place::Flag => lang.pick("flag", "命令行").to_owned(),
        Place::Session => lang.pick("session", "会话").to_owned(),
        Place::File(path, line) => {
            let file = path.file_name().unwrap_or_default().to_string_lossy();
            format!("{file}:{line}")
        }
        Place::Env(_) | Place::Set => place.to_string(),
    }
}

#[derive(Debug)]
struct Settings {
    origins: Vec<Origin>,
    /// The setting whose values are listed.
    chosen: Option<&'static str>,
}

/// How the key of a value's item begins; a setting's key begins with a letter.
const VALUE: char = '=';

impl Settings {
    /// What a setting may be: what is known of it, what it is, and its default.
    fn values(&self, name: &str, lang: Lang) -> Vec<Item> {
        let Ok(key) = Key::find(name) else {
            return Vec::new();
        };
        let now = self.origins.iter().find(|it| it.key == name);
        let now = now.map_or("", |it| it.value.as_str());
        let mut values: Vec<&str> = vec![now, key.default];
        values.extend(key.values);
        let mut items: Vec<Item> = Vec::new();
        for value in values {
            let item_key = format!("{VALUE}{value}");
            if value.is_empty() || items.iter().any(|it| it.key == item_key) {
                continue;
            }
            let is_now = (value == now).then_some(lang.pick("now", "当前"));
            let is_default = (value == key.default).then_some(lang.pick("default", "默认"));
            let about = [is_now, is_default].into_iter().flatten();
            let about: Vec<&str> = about.collect();
            items.push(Item::new(item_key, value).about(about.join(", ")));
        }
        items
    }
}

impl Subject for Settings {
    fn title(&self, lang: Lang) -> String {
        let title = lang.pick("settings", "设置");
        match self.chosen {
            Some(key) => format!("{title}: {key}"),
            None => title.to_owned(),
        }
    }

    fn hint(&self, lang: Lang) -> String {
        match self.chosen {
            Some(_) => lang.pick("type a value, or choose one", "输入或选择一个值"),
            None => lang.pick("type to search", "输入以搜索"),
        }
        .to_owned()
    }

    fn nothing(&self, lang: Lang) -> String {
        match self.chosen {
            Some(_) => lang.pick("type a value", "请输入一个值"),
            None => lang.pick("nothing is here", "这里没有内容"),
        }
        .to_owned()
    }

    fn left(&mut self) {
        self.chosen = None;
    }

    fn act(&mut self, act: Act, on: On<'_>) -> Vec<Step> {
        if act != Act::Enter {
            return Vec::new();
        }
        if let Some(name) = self.chosen {
            let value = match on.item {
                Some(item) => item.key.strip_prefix(VALUE).unwrap_or(&item.key),
                None if on.is_typed => on.typed.trim(),
                None => return Vec::new(),
            };
            let line = format!("/set {name} {value}");
            return vec![Step::End(Outcome::Run(line))];
        }
        let Some(key) = on.item.and_then(|it| Key::find(&it.key).ok()) else {
            return Vec::new();
        };
        self.chosen = Some(key.name);
        let values = self.values(key.name, on.lang);
        let list = List::new(Order::Best).taking_typed().with(values);
        vec![Step::Push(Box::new(list))]
    }
}
