//! A text in, the same as somebody changed it in their own editor out: `$VISUAL`, `$EDITOR`, or vi.

use std::io::{Read as _, Write as _};
use std::process::Command;

use anyhow::{Context as _, bail};

/// No question is longer, in bytes.
const LONGEST: u64 = 1 << 20;

/// Lets somebody write on in their editor, which has the terminal meanwhile.
///
/// # Errors
/// When the editor cannot be started or fails, or what it wrote is no text.
pub(super) fn write(text: &str) -> anyhow::Result<String> {
    let mut file = Draft::new()?;
    file.write(text)?;
    let editor = named();
    // an editor may be named with arguments, as in `code --wait`: the shell takes them apart
    let done = Command::new("sh")
        .arg("-c")
        .arg(format!("{editor} \"$1\""))
        .arg("sh")
        .arg(&file.path)
        .status()
        .with_context(|| format!("{editor} cannot be started; set $EDITOR to one that is there"))?;
    if !done.success() {
        bail!("{editor} ended with {done}; the text is as it was");
    }
    file.read()
}

/// The editor's name.
fn named() -> String {
    let set = |name| {
        std::env::var(name)
            .ok()
            .filter(|it: &String| !it.trim().is_empty())
    };
    set("VISUAL")
        .or_else(|| set("EDITOR"))
        .unwrap_or_else(|| "vi".to_owned())
}

/// A file that nobody else can read, gone when it is not needed any more.
struct Draft {
    path: std::path::PathBuf,
    folder: std::path::PathBuf,
}

impl Draft {
    fn new() -> anyhow::Result<Self> {
        let name = format!(
            "medlab-{}-{:x}",
            std::process::id(),
            crate::session::clock::System::stamp()
        );
        let folder = std::env::temp_dir().join(name);
        let mut builder = std::fs::DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder
            .create(&folder)
            .with_context(|| format!("{}: cannot be made", folder.display()))?;
        Ok(Self {
            path: folder.join("question.md"),
            folder,
        })
    }

    fn write(&mut self, text: &str) -> anyhow::Result<()> {
        let mut file = fs_err::File::create(&self.path)?;
        file.write_all(text.as_bytes())?;
        Ok(())
    }

    fn read(&self) -> anyhow::Result<String> {
        let mut bytes = Vec::new();
        let file = fs_err::File::open(&self.path)?;
        file.take(LONGEST + 1).read_to_end(&mut bytes)?;
        if bytes.len() as u64 > LONGEST {
            bail!("what the editor wrote is longer than 1 MiB; the text is as it was");
        }
        String::from_utf8(bytes)
            .ok()
            .context("what the editor wrote is not text in UTF-8; the text is as it was")
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        // nobody is left to tell when it cannot be removed
        let _ = fs_err::remove_dir_all(&self.folder);
    }
}
