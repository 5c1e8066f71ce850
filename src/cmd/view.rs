//! Pictures in, the same on the terminal or in a PNG file out: one by one, or as a contact sheet. No model runs.

use std::io::{IsTerminal as _, Write as _};

use serde_json::{Value, json};

use super::output::json_pretty;
use super::{files, pictures, remark};
use crate::cli::ViewArgs;
use crate::error::Failure;
use crate::imaging::caption::{Caption, Edges, Facts};
use crate::imaging::montage::{Layout, Tile, montage};
use crate::imaging::{Picture, zoom};
use crate::lab::facts::picture_facts;
use crate::repl::preview::{self, WHOLE, Way};
use crate::settings::Settings;
use crate::terminal::terminal_answers;

/// A picture ready to be looked at: square pixels, captions drawn.
struct Sight {
    width: usize,
    height: usize,
    rgb: Vec<u8>,
    label: String,
}

impl ViewArgs {
    /// Opens the pictures and shows them.
    ///
    /// # Errors
    /// When a picture cannot be opened, the file not be written, or the terminal shows no pictures.
    pub fn run(self, settings: &Settings) -> anyhow::Result<()> {
        let named = pictures::open(&self.files, settings)?;
        let pictures: Vec<Picture> = named.into_iter().flat_map(|it| it.pictures).collect();
        for line in pictures.iter().filter_map(pictures::region_line) {
            remark(&line);
        }
        if self.json {
            let all: Vec<Value> = pictures.iter().map(picture_facts).collect();
            std::io::stdout().write_all(json_pretty(&json!(all)).as_bytes())?;
        }
        let mut sights: Vec<Sight> = pictures.iter().map(|it| self.sight(it)).collect();
        if self.montage || self.columns.is_some() || (self.output.is_some() && sights.len() > 1) {
            sights = vec![self.sheet(&sights)?];
        }
        match &self.output {
            Some(path) => {
                let sight = &sights[0];
                let wrote = files::png(path, (sight.width, sight.height), &sight.rgb)?;
                remark(&format!("wrote {wrote}"));
                Ok(())
            }
            None if self.json => Ok(()),
            None => on_screen(&sights, settings),
        }
    }

    /// As it is to be seen. A picture that is written alone and without captions keeps its own pixels.
    fn sight(&self, picture: &Picture) -> Sight {
        let (width, height) = (picture.width, picture.height);
        let size = zoom::true_size(width, height, &picture.place);
        let plain = self.output.is_some() && !self.captions && !self.montage;
        let (size, mut rgb) = if plain || size == (width, height) {
            ((width, height), picture.rgb.clone())
        } else {
            (size, zoom::resize(&picture.rgb, (width, height), size))
        };
        if self.captions {
            Caption::of(&facts(picture)).draw(&mut rgb, size);
        }
        Sight {
            width: size.0,
            height: size.1,
            rgb,
            // with captions the slice's number stands below
            label: match picture.slice {
                Some((n, _)) if !self.captions => n.to_string(),
                _ => String::new(),
            },
        }
    }

    fn sheet(&self, sights: &[Sight]) -> anyhow::Result<Sight> {
        let tiles: Vec<Tile<'_>> = sights
            .iter()
            .map(|sight| Tile {
                rgb: &sight.rgb,
                size: (sight.width, sight.height),
                label: sight.label.clone(),
            })
            .collect();
        let layout = Layout {
            columns: self.columns,
            cell: None,
        };
        let sheet = montage(&tiles, layout)
            .map_err(|problem| Failure::Usage(format!("the contact sheet {problem}")))?;
        Ok(Sight {
            width: sheet.width,
            height: sheet.height,
            rgb: sheet.rgb,
            label: String::new(),
        })
    }
}

/// What stands in the corners. Nothing of it names a patient.
fn facts(picture: &Picture) -> Facts {
    let along_normal = picture.place.position.zip(picture.place.orientation);
    Facts {
        modality: picture.modality.clone(),
        series: None,
        window: picture
            .origin
            .window
            .map(|window| format!("C {} W {}", window.center, window.width)),
        slice: picture.slice,
        position_mm: along_normal.map(|(position, o)| {
            let normal = [
                o[1] * o[5] - o[2] * o[4],
                o[2] * o[3] - o[0] * o[5],
                o[0] * o[4] - o[1] * o[3],
            ];
            normal.iter().zip(position).map(|(n, p)| n * p).sum()
        }),
        thickness_mm: picture.place.thickness_mm,
        edges: Edges::of(&picture.place),
    }
}

fn on_screen(sights: &[Sight], settings: &Settings) -> anyhow::Result<()> {
    let problem = |problem: &str| Failure::Usage(problem.to_owned());
    if !std::io::stdout().is_terminal() {
        return Err(problem("standard output is no terminal; write a file with -o OUT.png").into());
    }
    let (way, trouble) = Way::choose(
        settings.graphics,
        &|name| std::env::var(name).ok(),
        &terminal_answers,
    );
    if let Some(trouble) = trouble {
        remark(trouble);
    }
    if way == Way::None {
        return Err(problem(
            "this terminal shows no pictures; choose a way with --graphics, or write a file with -o OUT.png",
        )
        .into());
    }
    for sight in sights {
        preview::show_rgb(&sight.rgb, (sight.width, sight.height), way, WHOLE)?;
    }
    Ok(())
}
