//! What is known about a picture in, words in its corners and letters at its edges out, drawn into its bytes.

use super::axes;
use super::frame::Place;
use super::glyphs::{Canvas, Face};
use super::statistics::short;

/// What is written. Nothing is taken from a file by itself: whoever fills this decides what is seen.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Caption {
    /// Lines in the upper left corner.
    pub top_left: Vec<String>,
    /// Lines in the upper right corner.
    pub top_right: Vec<String>,
    /// Lines in the lower left corner.
    pub bottom_left: Vec<String>,
    /// Lines in the lower right corner.
    pub bottom_right: Vec<String>,
    /// Letters in the middle of the edges.
    pub edges: Option<Edges>,
}

/// What radiologists expect in the corners; each is written only when it is given.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Facts {
    /// `CT`.
    pub modality: Option<String>,
    /// Number or description of the series; a description may name a patient, so it is not for everybody's eyes.
    pub series: Option<String>,
    /// As a person would type it.
    pub window: Option<String>,
    /// Which slice of how many, from 1.
    pub slice: Option<(usize, usize)>,
    /// Where it lies along the normal of the slices, mm.
    pub position_mm: Option<f64>,
    /// How thick it is, mm.
    pub thickness_mm: Option<f64>,
    /// Which side is where.
    pub edges: Option<Edges>,
}

/// Where the edges of a picture look in the patient: L left, R right, A front, P back, H head, F feet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edges {
    /// Left edge.
    pub left: String,
    /// Right edge.
    pub right: String,
    /// Upper edge.
    pub top: String,
    /// Lower edge.
    pub bottom: String,
}

impl Edges {
    /// From the directions of rows and columns, else from `PatientOrientation`; `None` when neither is known.
    pub fn of(place: &Place) -> Option<Self> {
        let [left, right, top, bottom] = match (place.orientation, &place.letters) {
            (Some(orientation), _) => axes::letters(orientation),
            (None, Some([right, bottom])) => {
                let (right, bottom) = (known(right), known(bottom));
                [opposite(&right), right, opposite(&bottom), bottom]
            }
            (None, None) => return None,
        };
        (!right.is_empty() && !bottom.is_empty()).then_some(Self {
            left,
            right,
            top,
            bottom,
        })
    }
}

/// A file's letters, as far as they are letters of directions.
fn known(text: &str) -> String {
    let upper = text.chars().map(|letter| letter.to_ascii_uppercase());
    upper
        .filter(|letter| "LRAPHF".contains(*letter))
        .take(3)
        .collect()
}

fn opposite(letters: &str) -> String {
    let turned = letters.chars().map(|letter| match letter {
        'L' => 'R',
        'R' => 'L',
        'A' => 'P',
        'P' => 'A',
        'H' => 'F',
        'F' => 'H',
        other => other,
    });
    turned.collect()
}

impl Caption {
    /// Modality and series above; slice, position, thickness and window below.
    pub fn of(facts: &Facts) -> Self {
        let slice = facts.slice.map(|(n, of)| format!("slice {n}/{of}"));
        let position = facts.position_mm.map(|mm| format!("at {} mm", short(mm)));
        let thickness = facts
            .thickness_mm
            .map(|mm| format!("{} mm thick", short(mm)));
        let lines = |facts: &[&Option<String>]| -> Vec<String> {
            let given = facts.iter().filter_map(|fact| fact.as_ref());
            given
                .filter(|text| !text.trim().is_empty())
                .cloned()
                .collect()
        };
        Self {
            top_left: lines(&[&facts.modality, &facts.series]),
            top_right: Vec::new(),
            bottom_left: lines(&[&slice, &position, &thickness]),
            bottom_right: lines(&[&facts.window]),
            edges: facts.edges.clone(),
        }
    }

    /// Draws it into `height * width * 3` bytes. Lines that find no room are cut or left out, the lower corners' first.
    pub fn draw(&self, rgb: &mut [u8], (width, height): (usize, usize)) {
        let face = Face::for_picture(width, height);
        let mut page = Page {
            canvas: Canvas { rgb, width, height },
            face,
        };
        let margin = face.margin();
        let lines = height.saturating_sub(2 * margin) / face.line();
        let top = page.beside(&self.top_left, &self.top_right);
        let above = top[0].len().max(top[1].len()).min(lines);
        let bottom = page
            .beside(&self.bottom_right, &self.bottom_left)
            .map(|mut corner| {
                corner.truncate(lines - above);
                corner
            });
        let [bottom_right, bottom_left] = bottom;
        for (corner, right) in top.iter().zip([false, true]) {
            for (i, line) in corner.iter().take(lines).enumerate() {
                page.line(line, margin + i * face.line(), right);
            }
        }
        for (corner, right) in [(bottom_left, false), (bottom_right, true)] {
            let first = height.saturating_sub(margin + corner.len() * face.line());
            for (i, line) in corner.iter().enumerate() {
                page.line(line, first + i * face.line(), right);
            }
        }
        if let Some(edges) = &self.edges {
            page.edges(edges);
        }
    }
}

/// A canvas and the letters on it.
struct Page<'a> {
    canvas: Canvas<'a>,
    face: Face,
}

impl Page<'_> {
    /// Two corners side by side; where both are too wide for that, the first goes above the second.
    fn beside(&self, first: &[String], second: &[String]) -> [Vec<String>; 2] {
        let widest = |lines: &[String]| {
            let widths = lines.iter().map(|line| self.face.width_of(line));
            widths.max().unwrap_or_default()
        };
        let room = self.canvas.width.saturating_sub(3 * self.face.margin());
        if widest(first) + widest(second) <= room {
            [first.to_vec(), second.to_vec()]
        } else {
            [Vec::new(), [first, second].concat()]
        }
    }

    fn line(&mut self, text: &str, top: usize, right: bool) {
        let margin = self.face.margin();
        let room = self.canvas.width.saturating_sub(2 * margin);
        let text = self.face.cut(text, room);
        let left = if right {
            margin + room - self.face.width_of(&text)
        } else {
            margin
        };
        self.canvas.write(&text, (left, top), self.face);
    }

    fn edges(&mut self, edges: &Edges) {
        let (face, margin) = (self.face, self.face.margin());
        let (width, height) = (self.canvas.width, self.canvas.height);
        if width < 8 * face.line() || height < 8 * face.line() {
            return; // the corners need the room
        }
        let middle = |text: &str| width.saturating_sub(face.width_of(text)) / 2;
        let (half, last) = ((height - face.line()) / 2, height - margin - face.line());
        let right = width.saturating_sub(margin + face.width_of(&edges.right));
        let places = [
            (&edges.left, (margin, half)),
            (&edges.right, (right, half)),
            (&edges.top, (middle(&edges.top), margin)),
            (&edges.bottom, (middle(&edges.bottom), last)),
        ];
        for (text, place) in places {
            self.canvas.write(text, place, face);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(orientation: [f64; 6], expected: &str) {
        let place = Place {
            orientation: Some(orientation),
            ..Place::default()
        };
        let edges = Edges::of(&place).unwrap();
        let shown = format!(
            "{} {} {} {}",
            edges.left, edges.right, edges.top, edges.bottom
        );
        assert_eq!(
            shown, expected,
            "left, right, top, bottom of {orientation:?}"
        );
    }

    #[test]
    fn edges_of_the_three_planes_and_of_oblique_ones() {
        check([1.0, 0.0, 0.0, 0.0, 1.0, 0.0], "R L A P");
        check([1.0, 0.0, 0.0, 0.0, 0.0, -1.0], "R L H F");
        check([0.0, 1.0, 0.0, 0.0, 0.0, -1.0], "A P H F");
        check([1.0, 0.0, 0.0, 0.0, 0.991, 0.134], "R L A P");
        check([0.8, 0.6, 0.0, 0.0, 0.0, -1.0], "RA LP H F");
        check([0.6, 0.8, 0.0, 0.0, 0.0, -1.0], "AR PL H F");
        check([0.58, 0.58, 0.573, 0.0, 0.0, -2.0], "RA LP H F");
    }

    #[test]
    fn a_films_letters_are_taken_when_there_is_no_direction() {
        let edges = |right: &str, bottom: &str| {
            Edges::of(&Place {
                letters: Some([right.to_owned(), bottom.to_owned()]),
                ..Place::default()
            })
        };
        let expected = |left: &str, right: &str, top: &str, bottom: &str| {
            let [left, right, top, bottom] = [left, right, top, bottom].map(str::to_owned);
            Some(Edges {
                left,
                right,
                top,
                bottom,
            })
        };
        assert_eq!(edges("L", "F"), expected("R", "L", "H", "F"));
        assert_eq!(edges("pl", "fr"), expected("AR", "PL", "HL", "FR"));
        assert_eq!(
            edges("LLLLLLLLLL", "F\u{1b}"),
            expected("RRR", "LLL", "H", "F")
        );
        assert_eq!(edges("", "F"), None);
        assert_eq!(edges("xyz", "F"), None);
        assert_eq!(Edges::of(&Place::default()), None);
        let nowhere = Place {
            orientation: Some([0.0; 6]),
            ..Place::default()
        };
        assert_eq!(Edges::of(&nowhere), None);
    }

    #[test]
    fn only_what_is_given_is_written() {
        assert_eq!(Caption::of(&Facts::default()), Caption::default());
        let facts = Facts {
            modality: Some("CT".to_owned()),
            series: Some(" ".to_owned()),
            window: Some("lung".to_owned()),
            slice: Some((3, 20)),
            position_mm: Some(-784.5),
            thickness_mm: Some(3.0),
            edges: None,
        };
        let caption = Caption::of(&facts);
        assert_eq!(caption.top_left, ["CT"]);
        assert_eq!(
            caption.bottom_left,
            ["slice 3/20", "at -784.5 mm", "3 mm thick"]
        );
        assert_eq!(caption.bottom_right, ["lung"]);
        let mut rgb = vec![100; 3 * 80 * 60];
        Caption::default().draw(&mut rgb, (80, 60));
        assert_eq!(rgb, vec![100; 3 * 80 * 60]);
    }

    /// Which sixths of a picture are written in, row by row.
    fn written(caption: &Caption, width: usize, height: usize) -> String {
        let mut rgb = vec![100; 3 * width * height];
        caption.draw(&mut rgb, (width, height));
        let in_it = |row: usize, column: usize| {
            let (w, h) = (width / 6, height / 6);
            (row * h..(row + 1) * h).any(|y| {
                let line = &rgb[3 * (y * width + column * w)..][..3 * w];
                line.iter().any(|value| *value != 100)
            })
        };
        let row = |row| {
            (0..6)
                .map(|column| if in_it(row, column) { 'x' } else { '.' })
                .collect()
        };
        (0..6).map(row).collect::<Vec<String>>().join(" ")
    }

    #[test]
    fn words_stand_in_their_corners() {
        let one = |text: &str| vec![text.to_owned()];
        let caption = Caption {
            top_left: one("CT"),
            bottom_right: one("lung"),
            ..Caption::default()
        };
        assert_eq!(
            written(&caption, 300, 300),
            "x..... ...... ...... ...... ...... .....x"
        );
        let caption = Caption {
            top_right: one("CT"),
            bottom_left: one("3/20"),
            edges: Some(Edges {
                left: "R".to_owned(),
                right: "L".to_owned(),
                top: "A".to_owned(),
                bottom: "P".to_owned(),
            }),
            ..Caption::default()
        };
        assert_eq!(
            written(&caption, 300, 300),
            "..xx.x ...... x....x x....x ...... x.xx.."
        );
        // no room beside each other: one above the other
        let caption = Caption {
            bottom_left: one("a line of words"),
            bottom_right: one("and one more"),
            ..Caption::default()
        };
        let shown = written(&caption, 150, 150);
        assert_eq!(shown, "...... ...... ...... ...... xxxx.. xxxxx.");
    }

    #[test]
    fn no_size_is_too_small_and_no_text_too_long() {
        let long = vec!["x".repeat(500); 40];
        let caption = Caption {
            top_left: long.clone(),
            top_right: long.clone(),
            bottom_left: long.clone(),
            bottom_right: long,
            edges: Some(Edges {
                left: "R".repeat(900),
                right: "L".repeat(900),
                top: "\u{4e2d}\u{6587}".repeat(400),
                bottom: String::new(),
            }),
        };
        for (width, height) in [
            (0, 0),
            (1, 1),
            (3, 200),
            (200, 3),
            (20, 20),
            (700, 128),
            (128, 700),
        ] {
            let mut rgb = vec![0; 3 * width * height];
            caption.draw(&mut rgb, (width, height));
        }
    }
}
