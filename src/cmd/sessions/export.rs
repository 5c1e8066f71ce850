//! A session's name and a format in, a document out: on standard output, or in a file that is whole or not there.

use std::collections::BTreeMap;
use std::io::{self, Write as _};
use std::path::Path;

use crate::cli::{ExportArgs, ExportFormat};
use crate::cmd::{files, remark};
use crate::error::Failure;
use crate::session::contents::Contents;
use crate::session::export::{self, Format, Order, Sight};
use crate::session::read::Reader;
use crate::session::safe::printable_line;
use crate::session::store::{self, Store};
use crate::settings::Settings;

impl ExportArgs {
    /// Writes the document.
    ///
    /// # Errors
    /// When the session or a picture cannot be found or read, or the document cannot be written.
    pub(super) fn run(self, store: &Store, settings: &Settings) -> anyhow::Result<()> {
        let format = match self.format {
            ExportFormat::Md => Format::Markdown,
            ExportFormat::Html => Format::Html,
            ExportFormat::Json => Format::Json,
            ExportFormat::Chat => Format::Chat,
        };
        self.is_possible(format)?;
        let path = store.find(&self.name)?;
        let mut contents = Contents::open(&path)?;
        let wish = super::wish(settings, self.all, None);
        let given = &self.with_pictures;
        let sights = super::pictures::sights(&contents, given, (format, wish), settings)?;
        let order = Order {
            name: &store::name(&path),
            wish,
            sights: &sights,
        };
        let Some(to) = &self.output else {
            let mut out = io::BufWriter::new(io::stdout().lock());
            export::write(&mut contents, format, &order, &mut out)?;
            out.flush()?;
            return Ok(());
        };
        write(&mut contents, format, &order, to)?;
        let wrote = settings.lang.pick("wrote", "已写入");
        remark(&format!("{wrote} {}", to.display()));
        Ok(())
    }

    fn is_possible(&self, format: Format) -> Result<(), Failure> {
        let problem = match format {
            Format::Chat if self.all => {
                "--all: chat messages have no place for turns that are no part of the conversation; take --format json"
            }
            Format::Json if !self.with_pictures.is_empty() => {
                "--with-pictures: JSON has no pixels in it; take --format html, md or chat"
            }
            _ => return Ok(()),
        };
        Err(Failure::Usage(problem.to_owned()))
    }
}

/// Writes a session as Markdown into the current folder; the file's name.
///
/// # Errors
/// When the session cannot be read, or the file is there already or cannot be written.
pub(in crate::cmd) fn export_here(path: &Path, settings: &Settings) -> anyhow::Result<String> {
    let mut contents = Contents::open(path)?;
    let name = store::name(path);
    let order = Order {
        name: &name,
        wish: super::wish(settings, false, None),
        sights: &Sights::new(),
    };
    let to = format!("{name}.md");
    if Path::new(&to).exists() {
        let problem = format!("{to} is there already; move it away first");
        return Err(Failure::Usage(problem).into());
    }
    write(&mut contents, Format::Markdown, &order, Path::new(&to))?;
    Ok(to)
}

/// Writes a file that is there when it is whole, and not before.
fn write(
    contents: &mut Contents,
    format: Format,
    order: &Order<'_>,
    to: &Path,
) -> anyhow::Result<()> {
    files::may_be_written(to)?;
    if Reader::open(to).is_ok() {
        let name = printable_line(&to.display().to_string());
        let problem = format!("{name} cannot be written: it is a session; give another name");
        return Err(Failure::Usage(problem).into());
    }
    files::whole(to, &mut |out| export::write(contents, format, order, out))
}

/// The pictures of a session by their ids.
pub(super) type Sights = BTreeMap<u32, Sight>;
