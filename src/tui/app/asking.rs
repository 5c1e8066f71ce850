//! A question as it was typed in, orders out: the picture as it is looked at, parts of it, and the question with names put into words.

use std::time::Instant;

use super::{App, Effect};
use crate::tui::desk::Order;
use crate::tui::picture::Mention;
use crate::tui::talk::message::Level;

/// What a question's text calls the crop of a region: `@R1-crop`.
pub(super) const CROP: &str = "-crop";

impl App {
    /// Orders that make the model get what is on the screen, then the question with what it names put into words.
    pub(super) fn ask(&mut self, text: &str, now: Instant) -> Vec<Effect> {
        let mut effects = Vec::new();
        let mut orders = Vec::new();
        let look = text_of(&self.viewer.look());
        let front = self.viewer.front().map(|it| it.1);
        let source = self.seen.iter().find(|it| Some(it.id) == front);
        // before the laboratory has opened it, it is as it was asked for
        let known = self.front_picture().map(|it| it.view.clone());
        let known = known.unwrap_or_else(|| self.settings.view.typed());
        let is_other = self.is_touched && self.viewer.is_changed_from(&known);
        if let Some(source) = source.filter(|_| is_other).map(|it| it.source.clone()) {
            self.is_touched = false;
            orders.push(Order::Look {
                source,
                view: complete(&look),
            });
            let text = self.lang.pick(
                "the model gets the picture as it is on the screen now",
                "模型将获得屏幕上当前显示的图片",
            );
            effects.extend(self.remark(None, Level::Plain, text, now));
        }
        let (question, crops) = self.worded(text);
        orders.extend(crops.iter().filter_map(|it| self.crop(it, &look)));
        orders.push(Order::Line(question));
        effects.push(Effect::Order(one_of(orders)));
        effects
    }

    fn crop(&self, mention: &Mention, look: &[(String, String)]) -> Option<Order> {
        let seen = self.seen.iter().find(|it| it.id == mention.id)?;
        let mut view: Vec<(String, String)> = look.to_vec();
        view.retain(|it| !["region", "crop", "slices"].contains(&it.0.as_str()));
        view.push(("slices".to_owned(), (mention.slice + 1).to_string()));
        view.push(("region".to_owned(), mention.region.to_string()));
        view.push(("crop".to_owned(), "on".to_owned()));
        Some(Order::Crop {
            source: seen.source.clone(),
            view: complete(&view),
        })
    }

    /// A question with `@` names put into words: a picture by its number, a region by its box, before the question.
    fn worded(&self, text: &str) -> (String, Vec<Mention>) {
        let mut question = text.to_owned();
        let mut crops = Vec::new();
        let mut lines = String::new();
        for mention in self.mentions().into_iter().rev() {
            let crop = format!("@{}{CROP}", mention.name);
            let plain = format!("@{}", mention.name);
            let is_cropped = question.contains(&crop);
            if !is_cropped && !has_word(&question, &plain) {
                continue;
            }
            let words = format!("{}{}", lang_of(text, "region ", "区域"), mention.name);
            question = question.replace(&crop, &words);
            question = replace_word(&question, &plain, &words);
            let [y0, x0, y1, x1] = mention.model;
            let heading = self.settings.language.region_heading(text);
            let heading = heading.replace("{}", &mention.name);
            lines = format!("{heading}[{y0}, {x0}, {y1}, {x1}]\n{lines}");
            if is_cropped {
                crops.insert(0, mention);
            }
        }
        for (number, seen) in (1..).zip(&self.seen) {
            let words = format!("{} {number}", lang_of(text, "picture", "图片"));
            question = replace_word(&question, &format!("@{}", seen.name), &words);
        }
        (lines + &question, crops)
    }
}

/// The one of two texts that is in the language of a question.
fn lang_of<'a>(question: &str, en: &'a str, zh: &'a str) -> &'a str {
    if crate::context::has_chinese(question) {
        zh
    } else {
        en
    }
}

/// Several orders as one.
pub(super) fn one_of(mut orders: Vec<Order>) -> Order {
    if orders.len() == 1 {
        return orders.remove(0);
    }
    Order::All(orders)
}

/// Settings of pictures as an order has them.
fn text_of(look: &[(&'static str, String)]) -> Vec<(String, String)> {
    let look = look.iter().filter(|it| it.0 != "region");
    look.map(|(key, value)| ((*key).to_owned(), value.clone()))
        .collect()
}

/// The same with what is not said put to its default: what was set for another picture does not count.
fn complete(look: &[(String, String)]) -> Vec<(String, String)> {
    let said = |key: &str| look.iter().find(|it| it.0 == key).map(|it| it.1.clone());
    crate::imaging::view::KEYS
        .iter()
        .map(|(key, default, _)| {
            (
                (*key).to_owned(),
                said(key).unwrap_or_else(|| (*default).to_owned()),
            )
        })
        .collect()
}

/// Whether a text has a word that no letter or digit goes on from.
fn has_word(text: &str, word: &str) -> bool {
    text.match_indices(word)
        .any(|(at, _)| ends_there(text, at + word.len()))
}

fn ends_there(text: &str, end: usize) -> bool {
    let next = text[end..].chars().next();
    next.is_none_or(|it| !it.is_ascii_alphanumeric() && it != '-')
}

fn replace_word(text: &str, word: &str, by: &str) -> String {
    let mut replaced = String::new();
    let mut from = 0;
    for (at, _) in text.match_indices(word) {
        let end = at + word.len();
        if at >= from && ends_there(text, end) {
            replaced += &text[from..at];
            replaced += by;
            from = end;
        }
    }
    replaced + &text[from..]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_end_where_they_end() {
        assert!(has_word("what is @R1?", "@R1"));
        assert!(!has_word("what is @R12?", "@R1"));
        assert!(!has_word("what is @R1-crop?", "@R1"));
        assert_eq!(
            replace_word("@R1 and @R10, @R1", "@R1", "x"),
            "x and @R10, x"
        );
    }
}
