//! A session and files that somebody gave in, those of its pictures that these files are out, as they were looked at then.

use crate::cmd::remark;
use crate::imaging::region::Region;
use crate::imaging::{self, Picture, Watch, zoom};
use crate::lab::find;
use crate::session::contents::Contents;
use crate::session::export::leaf::{Wish, picture_ids};
use crate::session::export::{Format, Shape, Sight};
use crate::session::v1::{Opening, Shown};
use crate::settings::Settings;

use super::export::Sights;

/// No side of a picture in a page is longer, in pixels.
const LONGEST: usize = 768;

/// Opens the pictures. A file whose hash is none of the session's is left out, with a remark.
///
/// # Errors
/// When a file cannot be opened at all, or a recorded view is not one that this program knows.
pub(super) fn sights(
    contents: &Contents,
    given: &[String],
    (format, wish): (Format, Wish),
    settings: &Settings,
) -> anyhow::Result<Sights> {
    let wanted = match format {
        Format::Chat => contents.story.open.iter().copied().collect(),
        _ => picture_ids(contents, wish),
    };
    let mut sights = Sights::new();
    let mut is_used = vec![false; given.len()];
    for opening in &contents.story.openings {
        let is_wanted = |shown: &Shown| wanted.contains(&shown.id);
        if !opening.pictures.iter().any(is_wanted) {
            continue;
        }
        let Some((at, pictures)) = opened(opening, given)? else {
            continue;
        };
        is_used[at] = true;
        let pictures = opening.pictures.iter().zip(&pictures);
        for (shown, picture) in pictures.filter(|it| is_wanted(it.0)) {
            sights.insert(shown.id, sight(picture, format)?);
        }
    }
    for (name, _) in given.iter().zip(is_used).filter(|(_, is_used)| !is_used) {
        // one that cannot be opened at all is an error, as everywhere
        imaging::open_as(name, &settings.options().view, Watch::default())?;
        let name = imaging::file_name(name);
        remark(&format!(
            "{name}: no picture that is to be shown is made of this file (another SHA-256); it is left out"
        ));
    }
    Ok(sights)
}

/// The pictures of an opening, from the first file that gives them, those of the same name first.
fn opened(opening: &Opening, given: &[String]) -> anyhow::Result<Option<(usize, Vec<Picture>)>> {
    if given.is_empty() || opening.pictures.is_empty() {
        return Ok(None);
    }
    let view = find::view_of(opening)?;
    let is_named =
        |name: &String| *name == opening.name || imaging::file_name(name) == opening.name;
    let mut order: Vec<usize> = (0..given.len()).collect();
    order.sort_by_key(|at| !is_named(&given[*at]));
    for at in order {
        if let Ok(opened) = imaging::open_as(&given[at], &view, Watch::default())
            && find::are_of(&opened.pictures, opening)
        {
            return Ok(Some((at, opened.pictures)));
        }
    }
    Ok(None)
}

/// As a document shows it: with square pixels, and small in a page.
fn sight(picture: &Picture, format: Format) -> anyhow::Result<Sight> {
    let own = (picture.width, picture.height);
    let (width, height) = zoom::true_size(picture.width, picture.height, &picture.place);
    let size = match format {
        Format::Html | Format::Markdown => within(width, height),
        Format::Json | Format::Chat => (width, height),
    };
    let rgb = zoom::resize(&picture.rgb, own, size);
    Ok(Sight {
        png: crate::cmd::files::png_bytes(size, &rgb)?,
        size,
        picture: own,
        begin: picture.cropped.map_or((0, 0), |part| (part.x0, part.y0)),
        region: picture.region.map(|region| match region {
            Region::Rectangle(_) => Shape::Rectangle(region.edges()),
            Region::Ellipse { .. } => Shape::Ellipse(region.edges()),
        }),
    })
}

/// A size in proportion, with no side longer than the longest.
fn within(width: usize, height: usize) -> (usize, usize) {
    let longest = width.max(height);
    if longest <= LONGEST {
        return (width, height);
    }
    let scaled = |side: usize| (side * LONGEST / longest).max(1);
    (scaled(width), scaled(height))
}

#[cfg(test)]
mod tests {
    use super::within;

    #[test]
    fn a_thumbnail_keeps_its_proportions() {
        assert_eq!(within(256, 200), (256, 200));
        assert_eq!(within(1536, 768), (768, 384));
        assert_eq!(within(10_000, 1), (768, 1));
    }
}
