//! Commands about pictures in, pictures opened, closed, shown and looked at in other ways out.

use super::{Cancel, Mode, Talk, is_interrupted};
use crate::cmd::{pictures, remark};
use crate::error::Failure;
use crate::lab::Named;
use crate::lab::facts::format_name;
use crate::repl::preview::{self, Way};
use crate::session::v1::Boxes;
use crate::tui::desk::News;

impl Talk {
    pub(super) fn open(&mut self, files: &[String]) -> anyhow::Result<()> {
        // All or none, so that a script knows what is open.
        match self.opened(files)? {
            Some(pictures) => self.take_all(files, pictures),
            None => Ok(()),
        }
    }

    /// Opens pictures while Ctrl-C stops that: `None` when somebody at a terminal did, a script ends.
    fn opened(&self, names: &[String]) -> anyhow::Result<Option<Vec<Named>>> {
        let open = |cancel: &Cancel| pictures::open_until(names, &self.settings, cancel);
        match self.interrupt.during(open) {
            Err(error) if self.mode == Mode::Terminal && is_interrupted(&error) => {
                remark(self.settings.lang.pick("stopped", "已停止"));
                Ok(None)
            }
            opened => opened.map(Some),
        }
    }

    /// Takes pictures that were opened by these names.
    pub(super) fn take_all(
        &mut self,
        names: &[String],
        pictures: Vec<Named>,
    ) -> anyhow::Result<()> {
        for (name, named) in names.iter().zip(pictures) {
            let begin = self.lab.pictures().len();
            self.lab.take(named);
            let ids = self.lab.pictures()[begin..].iter().map(|it| it.id);
            self.groups.push((name.clone(), ids.collect()));
            (begin..self.lab.pictures().len()).try_for_each(|it| self.introduce(it))?;
        }
        Ok(())
    }

    /// Looks at what was opened last in another way. Pictures that no question has been asked about are replaced; those that
    /// belong to a turn stay, and the new ones come behind them.
    pub(super) fn look(&mut self, key: &str, value: &str) -> anyhow::Result<()> {
        let problem = format!("/{key}: open a picture first, as in /open scan.dcm");
        self.look_all(&[(key.to_owned(), value.to_owned())], problem)
    }

    /// The same with several settings at once; `nothing` is what to say when no picture is open.
    pub(super) fn look_all(
        &mut self,
        view: &[(String, String)],
        nothing: String,
    ) -> anyhow::Result<()> {
        let Some((name, ids)) = self.groups.last().cloned() else {
            return Err(Failure::Usage(nothing).into());
        };
        let before = self.settings.clone();
        for (key, value) in view {
            self.set(key, value)?;
        }
        let opened = match self.opened(std::slice::from_ref(&name)) {
            Ok(Some(opened)) => opened,
            not_opened => {
                self.settings = before;
                self.lab.options = self.settings.options();
                return not_opened.map(|_| ());
            }
        };
        let places: Vec<usize> = ids.iter().filter_map(|it| self.place_of(*it)).collect();
        let turns = &self.lab.conversation().turns;
        let is_asked = |index: &usize| turns.iter().any(|turn| turn.pictures.contains(index));
        if !places.iter().any(is_asked) {
            for index in places.into_iter().rev() {
                self.lab.close(index)?;
            }
            self.groups.pop();
        }
        self.take_all(&[name], opened)
    }

    /// The index of a picture that is open.
    pub(super) fn place_of(&self, id: u32) -> Option<usize> {
        self.lab.pictures().iter().position(|it| it.id == id)
    }

    /// Shows a picture that is new, with what was measured in it.
    fn introduce(&self, index: usize) -> anyhow::Result<()> {
        if let Some(line) = pictures::region_line(&self.lab.pictures()[index].picture) {
            self.tell(&line)?;
        }
        if self.mode == Mode::Terminal {
            self.show(index);
            self.tell(&self.picture_line(index))?;
        }
        Ok(())
    }

    /// Shows the places that an answer speaks of: in the picture, and as a list.
    pub(super) fn show_boxes(&mut self, boxes: Boxes) -> anyhow::Result<()> {
        let open = self.lab.pictures();
        let places = boxes.boxes.iter();
        let index = places
            .clone()
            .find_map(|it| open.iter().position(|opened| opened.id == it.picture));
        let lines = (1..).zip(places).map(|(number, it)| {
            let [top, left, bottom, right] = it.pixels.map(f64::round);
            let (across, down) = (right - left, bottom - top);
            format!("B{number} {}: {left},{top},{across},{down}", it.label)
        });
        let lines: Vec<String> = lines.chain(boxes.remarks.iter().cloned()).collect();
        self.boxes = Some(boxes);
        if let Some(index) = index {
            self.show(index);
        }
        if lines.is_empty() {
            return Ok(());
        }
        self.tell(&lines.join("\n"))
    }

    /// A preview is a courtesy: when it fails, a remark is enough. The boxes of the last answer that gave some are drawn.
    fn show(&self, index: usize) {
        let opened = &self.lab.pictures()[index];
        let mut picture = opened.picture.clone();
        let boxes = self.boxes.iter().flat_map(|it| &it.boxes);
        for it in boxes.filter(|it| it.picture == opened.id) {
            picture.draw_box(it.pixels);
        }
        if let Err(error) = preview::show(&picture, self.way) {
            remark(&format!("the picture cannot be shown here: {error:#}"));
        }
    }

    fn picture_line(&self, index: usize) -> String {
        let picture = &self.lab.pictures()[index].picture;
        let (name, format) = (&picture.origin.name, format_name(picture.origin.format));
        let slice = picture
            .slice
            .map_or_else(String::new, |(n, of)| format!(", slice {n} of {of}"));
        let window = picture
            .origin
            .window
            .map_or_else(String::new, |window| format!(", {window}"));
        format!(
            "{}  {name}  {} × {}, {format}{slice}{window}",
            index + 1,
            picture.width,
            picture.height
        )
    }

    pub(super) fn list_pictures(&self) -> anyhow::Result<()> {
        let lines: Vec<String> = (0..self.lab.pictures().len())
            .map(|it| self.picture_line(it))
            .collect();
        let none = self
            .settings
            .lang
            .pick("no picture is open", "没有打开的图片");
        self.tell(
            if lines.is_empty() {
                none.to_owned()
            } else {
                lines.join("\n")
            }
            .as_str(),
        )
    }

    pub(super) fn close(&mut self, number: Option<usize>) -> anyhow::Result<()> {
        let Some(number) = number else {
            self.groups.clear();
            let all = (0..self.lab.pictures().len()).rev();
            return all
                .into_iter()
                .try_for_each(|it| self.lab.close(it).map(drop));
        };
        let closed = self.lab.close(number - 1)?.id;
        for (_, ids) in &mut self.groups {
            ids.retain(|it| *it != closed);
        }
        self.groups.retain(|it| !it.1.is_empty());
        Ok(())
    }

    pub(super) fn view(&self, number: Option<usize>) -> anyhow::Result<()> {
        let n_open = self.lab.pictures().len();
        let index = number.unwrap_or(n_open).wrapping_sub(1);
        let problem = match (self.mode, self.way) {
            (Mode::Screen, _) if index < n_open => {
                self.news(News::Show(self.lab.pictures()[index].id));
                return Ok(());
            }
            (Mode::Screen, _) => format!("no such picture; {n_open} are open"),
            (Mode::Script | Mode::Json, _) => "pictures are shown at a terminal only".to_owned(),
            (Mode::Terminal, Way::None) => {
                "this terminal shows no pictures; start again with --graphics".to_owned()
            }
            (Mode::Terminal, _) if index >= n_open => format!("no such picture; {n_open} are open"),
            (Mode::Terminal, _) => {
                self.show(index);
                return Ok(());
            }
        };
        Err(Failure::Usage(format!("/view: {problem}")).into())
    }
}
