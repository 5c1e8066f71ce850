//! A folder of sessions in, a table of them out, or one JSON line each; what cannot be read has a row that says so.

use std::io::{self, IsTerminal as _, Write as _};
use std::path::PathBuf;
use std::time::SystemTime;

use rayon::prelude::*;
use serde_json::{Value, json};
use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

use crate::cli::ListArgs;
use crate::cmd::output::json_line;
use crate::cmd::{remark, say};
use crate::session::outline::Outline;
use crate::session::safe::printable_line;
use crate::session::store::{self, Store};
use crate::session::{self};
use crate::settings::{Lang, Settings};

/// A file of the folder.
struct Row {
    name: String,
    changed: Option<SystemTime>,
    size: u64,
    outline: Result<Outline, session::Error>,
}

impl ListArgs {
    /// Lists the sessions, the one that was changed last first.
    ///
    /// # Errors
    /// When the folder cannot be read, or there are files in it and none of them is a session.
    pub(super) fn run(self, store: &Store, settings: &Settings) -> anyhow::Result<()> {
        let paths = store.all()?;
        let mut rows: Vec<Row> = paths.into_par_iter().map(|it| Row::of(&it)).collect();
        // they came by name: that is the order of those that were changed at once
        rows.sort_by_key(|it| std::cmp::Reverse(it.changed));
        let mut out = io::BufWriter::new(io::stdout().lock());
        if self.json {
            for row in &rows {
                out.write_all(json_line(&row.in_json(&rows)).as_bytes())?;
            }
        } else if !rows.is_empty() {
            out.write_all(table(&rows, settings.lang).as_bytes())?;
        }
        out.flush()?;
        for error in rows.iter().filter_map(Row::problem) {
            say(&format!("medlab: {error}"));
        }
        if rows.is_empty() {
            let none = settings.lang.pick("there is no session yet", "还没有会话");
            remark(none);
        } else if rows.iter().all(|it| it.outline.is_err()) {
            let folder = store.folder()?.display().to_string();
            let problem = "there are files here, and none of them is a session that can be read";
            return Err(session::Error::new(&folder, problem).into());
        }
        Ok(())
    }
}

impl Row {
    fn of(path: &PathBuf) -> Self {
        let about = fs_err::metadata(path).ok();
        Self {
            name: store::name(path),
            changed: about.as_ref().and_then(|it| it.modified().ok()),
            size: about.map_or(0, |it| it.len()),
            outline: Outline::read(path),
        }
    }

    /// Why it cannot be read, or not to its end.
    fn problem(&self) -> Option<&session::Error> {
        match &self.outline {
            Ok(outline) => outline.damage.as_ref(),
            Err(error) => Some(error),
        }
    }

    fn in_json(&self, all: &[Self]) -> Value {
        let changed = self
            .changed
            .map(|it| humantime::format_rfc3339_seconds(it).to_string());
        let file = json!({
            "session": self.name,
            "changed": changed,
            "size": self.size,
            "error": self.problem().map(|it| &it.problem),
        });
        let about = self.outline.as_ref().map_or_else(
            |_| json!({}),
            |it| {
                json!({
                    "id": it.head.id,
                    "title": it.title(),
                    "started": it.head.started,
                    "model": it.model.name,
                    "model_sha256": it.model.sha256,
                    "quant": it.model.quant,
                    "device": it.model.device,
                    "turns": it.turns,
                    "tokens": it.tokens,
                    "pictures": it.pictures,
                    "open": it.open,
                    "seconds": (it.seconds * 1e3).round() / 1e3,
                    "branch": it.head.branch.as_ref().map(|branch| json!({
                        "id": branch.session,
                        "session": name_of(&branch.session, all),
                        "turn": branch.turn,
                    })),
                    "torn": it.is_torn,
                    "unknown": it.unknown,
                })
            },
        );
        let (mut file, about) = (file, about);
        if let (Value::Object(file), Value::Object(about)) = (&mut file, about) {
            file.extend(about);
        }
        file
    }

    /// What a person reads: name, dates, model, turns, pictures, size, title.
    fn cells(&self, all: &[Self], lang: Lang) -> [String; 8] {
        let changed = self.changed.map_or_else(String::new, |it| {
            minutes(&humantime::format_rfc3339_seconds(it).to_string())
        });
        let size = size(self.size);
        let outline = match &self.outline {
            Ok(outline) => outline,
            Err(error) => {
                let [none, a, b, c] = [""; 4].map(str::to_owned);
                let problem = shown(&error.problem);
                return [shown(&self.name), none, changed, a, b, c, size, problem];
            }
        };
        let mut remarks = Vec::new();
        if let Some(branch) = &outline.head.branch {
            let from = name_of(&branch.session, all).unwrap_or(&branch.session);
            remarks.push(match lang {
                Lang::En => format!("branch of {from}, turn {}", branch.turn),
                Lang::Zh => format!("分自 {from} 第 {} 轮", branch.turn),
            });
        }
        if outline.is_torn {
            remarks.push(lang.pick("last line cut off", "最后一行被截断").to_owned());
        }
        if outline.damage.is_some() {
            remarks.push(lang.pick("damaged", "已损坏").to_owned());
        }
        let remarks = match remarks.join("; ").as_str() {
            "" => String::new(),
            remarks => format!(" ({remarks})"),
        };
        [
            shown(&self.name),
            minutes(&shown(&outline.head.started)),
            changed,
            shown(&outline.model.name),
            outline.turns.to_string(),
            outline.pictures.to_string(),
            size,
            shown(&(outline.title() + &remarks)),
        ]
    }
}

/// The session of an id, if it is among those that are listed.
fn name_of<'a>(id: &str, all: &'a [Row]) -> Option<&'a String> {
    let is_it = |row: &&Row| row.outline.as_ref().is_ok_and(|it| it.head.id == id);
    all.iter().find(is_it).map(|it| &it.name)
}

fn shown(text: &str) -> String {
    printable_line(text)
}

/// A date to the minute: `2026-11-24 15:06`.
fn minutes(date: &str) -> String {
    date.replacen('T', " ", 1).chars().take(16).collect()
}

/// Bytes for people, in powers of 1000.
fn size(bytes: u64) -> String {
    const UNITS: [&str; 5] = ["B", "kB", "MB", "GB", "TB"];
    let mut size = bytes as f64;
    let mut unit = 0;
    while size >= 999.5 && unit < UNITS.len() - 1 {
        size /= 1000.0;
        unit += 1;
    }
    let digits = usize::from(unit > 0 && size < 9.95);
    format!("{size:.digits$} {}", UNITS[unit])
}

/// Rows under a heading, as wide as the terminal at most: the last column is cut.
fn table(rows: &[Row], lang: Lang) -> String {
    let heading = [
        ("name", "名称"),
        ("begun (UTC)", "开始 (UTC)"),
        ("changed", "更改"),
        ("model", "模型"),
        ("turns", "轮数"),
        ("pictures", "图片"),
        ("size", "大小"),
        ("title", "标题"),
    ];
    let heading = heading.map(|(en, zh)| lang.pick(en, zh).to_owned());
    let mut lines = vec![heading];
    lines.extend(rows.iter().map(|it| it.cells(rows, lang)));
    let mut widths = [0; 8];
    for line in &lines {
        for (width, cell) in widths.iter_mut().zip(line) {
            *width = cell.width().max(*width);
        }
    }
    let room = io::stdout().is_terminal().then(viuer::terminal_size);
    let room = room.map_or(usize::MAX, |(columns, _)| usize::from(columns));
    let columns = that_fit(&widths, room);
    let mut table = String::new();
    for line in &lines {
        let mut text = String::new();
        for &at in &columns {
            let cell = line[at].as_str();
            let blanks = " ".repeat(widths[at] - cell.width());
            // numbers end where numbers end
            match at {
                4..=6 => text.extend([&blanks, cell, "  "]),
                TITLE => text.push_str(cell),
                _ => text.extend([cell, &blanks, "  "]),
            }
        }
        table += cut(text.trim_end(), room);
        table.push('\n');
    }
    table
}

/// The last column.
const TITLE: usize = 7;

/// The columns that are shown: where there is no room for the beginning of a title, first the beginning's date goes, then the
/// number of pictures, then the model.
fn that_fit(widths: &[usize; 8], room: usize) -> Vec<usize> {
    const LEAST_OF_TITLE: usize = 24;
    let mut columns: Vec<usize> = (0..=TITLE).collect();
    for unimportant in [1, 5, 3] {
        let others: usize = columns[..columns.len() - 1]
            .iter()
            .map(|it| widths[*it] + 2)
            .sum();
        if others + LEAST_OF_TITLE <= room {
            break;
        }
        columns.retain(|it| *it != unimportant);
    }
    columns
}

/// As much of a line as fits.
fn cut(line: &str, columns: usize) -> &str {
    let mut used = 0;
    let end = line.char_indices().find(|(_, letter)| {
        used += letter.width().unwrap_or(0);
        used > columns
    });
    &line[..end.map_or(line.len(), |(at, _)| at)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_short() {
        for (bytes, expected) in [
            (0, "0 B"),
            (999, "999 B"),
            (1000, "1.0 kB"),
            (9_949, "9.9 kB"),
            (12_345, "12 kB"),
            (999_499, "999 kB"),
            (999_500, "1.0 MB"),
            (100_008_245, "100 MB"),
            (u64::MAX, "18446744 TB"),
        ] {
            assert_eq!(size(bytes), expected);
        }
    }

    #[test]
    fn a_narrow_terminal_has_room_for_the_title() {
        let widths = [8, 16, 16, 7, 5, 8, 6, 90];
        assert_eq!(that_fit(&widths, usize::MAX), [0, 1, 2, 3, 4, 5, 6, 7]);
        assert_eq!(that_fit(&widths, 104), [0, 1, 2, 3, 4, 5, 6, 7]);
        assert_eq!(that_fit(&widths, 103), [0, 2, 3, 4, 5, 6, 7]);
        assert_eq!(that_fit(&widths, 80), [0, 2, 3, 4, 6, 7]);
        assert_eq!(that_fit(&widths, 20), [0, 2, 4, 6, 7]);
    }

    #[test]
    fn wide_letters_take_two_columns() {
        assert_eq!(cut("未见积液", 5), "未见");
        assert_eq!(cut("abc", usize::MAX), "abc");
        assert_eq!(cut("abc", 0), "");
    }
}
