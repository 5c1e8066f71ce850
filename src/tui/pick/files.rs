//! A folder's listing, the samples and what was typed in, `/open "…" "…"` out: pictures to be opened, one or several.

use std::path::{Component, Path, PathBuf};

use super::Picker;
use super::item::Item;
use super::list::{List, Move, Order};
use super::msg::{Act, Effect, News, Outcome};
use super::quote::command_line;
use super::source::{Entry, Kind, Listing};
use super::subject::{On, Step, Subject};
use crate::imaging::samples;
use crate::session::safe::printable_line;
use crate::settings::Lang;

impl Picker {
    /// Files to be opened as pictures. `base` is the folder that the program runs in: it is listed first, and what lies in
    /// it is opened by its name from there. `home` is what `~` means.
    pub fn files(base: &Path, home: Option<&Path>, lang: Lang) -> Self {
        let subject = Files {
            lang,
            base: base.to_owned(),
            home: home.map(Path::to_owned),
            folder: base.to_owned(),
            entries: Vec::new(),
            marked: Vec::new(),
        };
        Self::new(Box::new(subject), List::new(Order::Best), lang)
    }
}

#[derive(Debug)]
struct Files {
    lang: Lang,
    base: PathBuf,
    home: Option<PathBuf>,
    folder: PathBuf,
    entries: Vec<Entry>,
    /// In the order in which they were marked.
    marked: Vec<PathBuf>,
}

/// The key of the folder above; an entry's key is its number.
const ABOVE: &str = "..";

/// How a sample's name begins, and its key.
const SAMPLE: &str = "sample:";

impl Files {
    fn items(&self) -> Vec<Item> {
        let mut items = Vec::new();
        if self.folder.parent().is_some() {
            let about = self.lang.pick("the folder above", "上级文件夹");
            items.push(Item::new(ABOVE, "../").about(about));
        }
        let entries = self.entries.iter().enumerate();
        items.extend(entries.map(|(number, it)| self.entry(number, it)));
        items.extend(samples().iter().map(|it| {
            let name = format!("{SAMPLE}{}", it.name);
            Item::new(name.clone(), name)
                .about(it.truth)
                .group(self.lang.pick("drawings in the program", "程序内置图"))
        }));
        items
    }

    fn entry(&self, number: usize, entry: &Entry) -> Item {
        let lossy = entry.name.to_string_lossy();
        let name = match entry.kind {
            Kind::Folder => format!("{lossy}/"),
            Kind::File | Kind::Other => lossy.to_string(),
        };
        let why_not = match (entry.kind, entry.name.to_str()) {
            (Kind::Other, _) => Some(self.lang.pick("this is no file", "这不是普通文件")),
            (_, None) => Some(self.lang.pick(
                "its name is not Unicode, so that no command can say it; rename it",
                "其名称不是 Unicode，无法在命令中写出；请重命名",
            )),
            _ => None,
        };
        Item {
            is_hidden: lossy.starts_with('.'),
            ..Item::new(number.to_string(), name)
                .keys(kind_of(entry, &lossy, self.lang))
                .why_not(why_not.map(str::to_owned))
        }
    }

    /// What an item stands for; a sample is its name.
    fn path(&self, key: &str) -> Option<PathBuf> {
        if key.starts_with(SAMPLE) {
            return Some(PathBuf::from(key));
        }
        let entry = self.entries.get(key.parse::<usize>().ok()?)?;
        Some(self.folder.join(&entry.name))
    }

    /// The folder that an item is.
    fn folder_of(&self, key: &str) -> Option<PathBuf> {
        if key == ABOVE {
            return self.folder.parent().map(Path::to_owned);
        }
        let entry = self.entries.get(key.parse::<usize>().ok()?)?;
        (entry.kind == Kind::Folder).then(|| self.folder.join(&entry.name))
    }

    /// A path as `/open` reads it.
    fn word(&self, path: &Path) -> String {
        if path.to_string_lossy().starts_with(SAMPLE) {
            return path.to_string_lossy().into_owned();
        }
        let below = path.strip_prefix(&self.base).unwrap_or(path);
        let word = below.to_string_lossy();
        if word.is_empty() {
            return ".".to_owned();
        }
        // what means something else at the beginning of a word
        if word.starts_with(SAMPLE) || word.starts_with('~') {
            return format!("./{word}");
        }
        word.into_owned()
    }

    fn open(&self, paths: &[PathBuf]) -> Vec<Step> {
        if paths.is_empty() {
            return Vec::new();
        }
        let words: Vec<String> = paths.iter().map(|it| self.word(it)).collect();
        let line = command_line("open", words.iter().map(String::as_str));
        vec![Step::End(Outcome::Run(line))]
    }

    fn list(&mut self, folder: PathBuf, typed: &str) -> Vec<Step> {
        self.folder = folder;
        self.entries.clear();
        vec![
            Step::Typed(typed.to_owned()),
            Step::Items(self.items()),
            Step::Waiting(true),
            Step::Effect(Effect::List(self.folder.clone())),
        ]
    }

    fn listed(&mut self, listing: Listing) -> Vec<Step> {
        if listing.folder != self.folder {
            return Vec::new();
        }
        self.entries = listing.entries;
        let n = self.entries.len();
        let mut steps = vec![Step::Items(self.items()), Step::Waiting(false)];
        if let Some(problem) = listing.problem {
            steps.push(Step::Say(problem));
        } else if listing.is_cut {
            steps.push(Step::Say(match self.lang {
                Lang::En => format!("only {n} of its entries are listed: type the name of another"),
                Lang::Zh => format!("仅列出其中 {n} 项：其他文件请直接输入名称"),
            }));
        }
        steps
    }

    fn mark(&mut self, on: On<'_>) -> Vec<Step> {
        let item = on.item.filter(|it| it.why_not.is_none());
        let Some(path) = item.and_then(|it| self.path(&it.key)) else {
            return Vec::new();
        };
        match self.marked.iter().position(|it| *it == path) {
            Some(at) => drop(self.marked.remove(at)),
            None => self.marked.push(path),
        }
        vec![Step::Go(Move::Down)]
    }

    fn enter(&mut self, on: On<'_>) -> Vec<Step> {
        let typed = on.typed.trim();
        let Some(item) = on.item else {
            // Nothing is called so: perhaps it is a pattern, or a name that is not listed.
            return if typed.is_empty() {
                self.open(&self.marked)
            } else {
                self.open(&[self.folder.join(typed)])
            };
        };
        if let Some(folder) = self.folder_of(&item.key) {
            return self.list(folder, "");
        }
        if !self.marked.is_empty() {
            return self.open(&self.marked);
        }
        let path = self.path(&item.key);
        self.open(path.as_slice())
    }

    /// Opens what is marked, and what is chosen, also a folder as a whole.
    fn whole(&self, on: On<'_>) -> Vec<Step> {
        let item = on.item.filter(|it| it.why_not.is_none());
        let chosen = item.and_then(|it| match it.key.as_str() {
            ABOVE => None,
            key => self.path(key),
        });
        let mut paths = self.marked.clone();
        paths.extend(chosen.filter(|it| !self.marked.contains(it)));
        self.open(&paths)
    }

    /// A folder as a person types it, from the one that is listed.
    fn resolved(&self, typed: &str) -> PathBuf {
        let from_home = typed.strip_prefix("~/").zip(self.home.as_ref());
        let joined = match from_home {
            Some((below, home)) => home.join(below),
            None => self.folder.join(typed),
        };
        let mut path = PathBuf::new();
        for part in joined.components() {
            match part {
                Component::CurDir => {}
                Component::ParentDir => {
                    path.pop();
                }
                part => path.push(part),
            }
        }
        path
    }

    /// The folder that is listed, as a title: `~` for home.
    fn shown_folder(&self) -> String {
        let below = self
            .home
            .as_ref()
            .and_then(|it| self.folder.strip_prefix(it).ok());
        let shown = match below {
            Some(below) if below.as_os_str().is_empty() => "~".to_owned(),
            Some(below) => format!("~/{}", below.display()),
            None => self.folder.display().to_string(),
        };
        printable_line(&shown)
    }
}

/// What a file is by its name; only a hint, for files are opened by what is in them.
fn kind_of(entry: &Entry, name: &str, lang: Lang) -> String {
    let is_folder = entry.kind == Kind::Folder;
    let name = name.to_lowercase();
    if is_folder {
        return lang.pick("folder", "文件夹").to_owned();
    }
    if name == "dicomdir" {
        return "DICOMDIR".to_owned();
    }
    let ending = name.rsplit_once('.').map_or("", |it| it.1);
    match ending {
        "dcm" | "dicom" | "ima" => "DICOM".to_owned(),
        "nii" => "NIfTI".to_owned(),
        "gz" if name.ends_with(".nii.gz") => "NIfTI".to_owned(),
        "zip" => lang.pick("archive", "压缩包").to_owned(),
        "jpg" | "jpeg" => "JPEG".to_owned(),
        "tif" | "tiff" => "TIFF".to_owned(),
        "png" | "webp" | "bmp" | "gif" => ending.to_uppercase(),
        _ => String::new(),
    }
}

impl Subject for Files {
    fn title(&self, lang: Lang) -> String {
        let title = lang.pick("open pictures", "打开图片");
        let folder = self.shown_folder();
        match (self.marked.len(), lang) {
            (0, _) => format!("{title}: {folder}"),
            (n, Lang::En) => format!("{title}: {folder} ({n} marked)"),
            (n, Lang::Zh) => format!("{title}: {folder}（已标记 {n} 个）"),
        }
    }

    fn hint(&self, lang: Lang) -> String {
        let words = lang.pick(
            "a name; /, ~/ and ../ go to folders",
            "名称；/、~/、../ 切换文件夹",
        );
        words.to_owned()
    }

    fn acts(&self, lang: Lang) -> Vec<(Act, &'static str)> {
        vec![
            (Act::Enter, lang.pick("open", "打开")),
            (Act::Mark, lang.pick("mark", "标记")),
            (Act::Other, lang.pick("open the folder", "打开整个文件夹")),
            (Act::Above, lang.pick("folder above", "上级文件夹")),
        ]
    }

    fn is_marked(&self, key: &str) -> Option<bool> {
        let path = self.path(key);
        Some(path.is_some_and(|it| self.marked.contains(&it)))
    }

    fn begin(&mut self) -> Vec<Step> {
        self.list(self.folder.clone(), "")
    }

    fn act(&mut self, act: Act, on: On<'_>) -> Vec<Step> {
        match act {
            Act::Enter => self.enter(on),
            Act::Other => self.whole(on),
            Act::Mark => self.mark(on),
            Act::Above => match self.folder.parent().map(Path::to_owned) {
                Some(folder) => self.list(folder, ""),
                None => Vec::new(),
            },
            _ => Vec::new(),
        }
    }

    fn typed(&mut self, typed: &str) -> Vec<Step> {
        let Some(at) = typed.rfind('/') else {
            return Vec::new();
        };
        let (folder, name) = typed.split_at(at + 1);
        self.list(self.resolved(folder), name)
    }

    fn news(&mut self, news: News) -> Vec<Step> {
        match news {
            News::Listed(listing) => self.listed(listing),
            _ => Vec::new(),
        }
    }
}
