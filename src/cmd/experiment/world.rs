//! What an experiment asks of the laboratory in, its answers out: files beside it, settings, hashes of pictures, prompts.

use std::path::{Path, PathBuf};

use serde_json::to_string;

use crate::cmd::because;
use crate::experiment::grid::locate;
use crate::experiment::{Ask, Asked, Beside, Pairs, World};
use crate::imaging;
use crate::lab::{Lab, facts};
use crate::library::{self, Library, Rendered, render};
use crate::settings::Settings;

/// The folder that an experiment stands in, and the settings there are.
pub(super) struct Folder<'a> {
    pub(super) path: PathBuf,
    pub(super) settings: &'a Settings,
}

impl Beside for Folder<'_> {
    fn read(&self, name: &str) -> Result<String, String> {
        fs_err::read_to_string(self.path.join(name)).map_err(|error| because(&error))
    }

    fn check_setting(&self, key: &str, value: &str) -> Result<(), String> {
        let mut tried = self.settings.clone();
        tried.set(key, value).map_err(|problem| problem.to_string())
    }
}

/// A lab with its settings and its prompts.
pub(super) struct Here<'a> {
    pub(super) folder: &'a Path,
    pub(super) settings: &'a Settings,
    pub(super) library: &'a Library,
    pub(super) lab: &'a Lab,
}

impl Here<'_> {
    fn rendered(
        &self,
        name: &str,
        of_variant: &Pairs,
        of_case: &Pairs,
    ) -> Result<Rendered, String> {
        let say = |problem: crate::error::Failure| problem.to_string();
        let prompt = self.library.find(name).map_err(say)?;
        let heard: Vec<&str> = of_variant
            .values()
            .chain(of_case.values())
            .map(String::as_str)
            .collect();
        let lang = library::language(self.settings.language, &heard, self.settings.lang);
        let variables = &prompt.wording(lang).variables;
        let is_of_prompt =
            |(name, _): &(&String, &String)| variables.iter().any(|it| it.name == **name);
        let values = of_variant.iter().chain(of_case.iter().filter(is_of_prompt));
        let values: Vec<(String, String)> = values
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        render(prompt, lang, &values).map_err(say)
    }
}

impl World for Here<'_> {
    fn model(&self) -> String {
        let model = facts::model(self.lab.loaded());
        // the number of threads decides no answer
        let decides = [
            &model.sha256,
            &model.tokenizer_sha256,
            &model.quant,
            &model.device,
        ];
        to_string(&decides).expect("texts")
    }

    fn settings(&self) -> Pairs {
        let mut settings = self.settings.recorded();
        settings.remove("seed");
        settings
    }

    fn picture(&self, source: &str) -> Result<String, String> {
        let located = locate(self.folder, source);
        if located.starts_with("sample:") {
            let opened = imaging::open(&located).map_err(|error| error.problem)?;
            return Ok(opened.origin.sha256);
        }
        let path = Path::new(&located);
        let mut files = Vec::new();
        list(path, &mut files).map_err(|error| because(&error))?;
        if files.is_empty() {
            return Err("has no files in it".to_owned());
        }
        let hashes: std::io::Result<Vec<String>> =
            files.iter().map(|it| imaging::sha256_of_file(it)).collect();
        let hashes = hashes.map_err(|error| because(&error))?;
        Ok(match hashes.as_slice() {
            [one] => one.clone(),
            many => imaging::sha256(many.concat().as_bytes()),
        })
    }

    fn prompt(&self, name: &str, of_variant: &Pairs, of_case: &Pairs) -> Result<Asked, String> {
        let rendered = self.rendered(name, of_variant, of_case)?;
        let mut settings: Pairs = rendered.settings.into_iter().chain(rendered.view).collect();
        if let Some(system) = rendered.system {
            settings.insert("system".to_owned(), system);
        }
        Ok(Asked {
            before: rendered.before,
            question: rendered.text,
            settings,
        })
    }

    fn paraphrases(
        &self,
        ask: &Ask,
        of_variant: &Pairs,
        of_case: &Pairs,
    ) -> Result<Vec<String>, String> {
        match ask {
            Ask::Text(_) => Ok(Vec::new()),
            Ask::Prompt(name) => Ok(self.rendered(name, of_variant, of_case)?.paraphrases),
        }
    }
}

/// A file, or every file below a folder, in the order of their names.
fn list(path: &Path, files: &mut Vec<PathBuf>) -> std::io::Result<()> {
    if !fs_err::metadata(path)?.is_dir() {
        files.push(path.to_owned());
        return Ok(());
    }
    let entries: std::io::Result<Vec<_>> = fs_err::read_dir(path)?.collect();
    let mut below: Vec<PathBuf> = entries?.iter().map(fs_err::DirEntry::path).collect();
    below.sort();
    // links are not followed: they may go in a circle
    below.retain(|it| !it.is_symlink());
    below.iter().try_for_each(|it| list(it, files))
}
