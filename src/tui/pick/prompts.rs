//! The prompt library in, a prompt with values for its variables out: `/use NAME key=value …`, as if it was typed.

use super::Picker;
use super::form::{Field, Form};
use super::item::{Face, Item, Line};
use super::list::{List, Order};
use super::msg::{Act, Outcome};
use super::quote::quoted;
use super::subject::{On, Shown, Step, Subject};
use crate::context::Language;
use crate::library::{self, Library, Prompt, Rendered, Variable, Wording, render};
use crate::settings::Lang;

impl Picker {
    /// The prompts of a library. `wanted` is the language of answers, which decides the wording that is asked.
    pub fn prompts(library: &Library, wanted: Language, lang: Lang) -> Self {
        let items = library.prompts().iter().map(|it| item(it, lang));
        let broken = library.problems().iter().map(|it| {
            let name = it.file.file_name().unwrap_or_default().to_string_lossy();
            Item::new(format!("\u{0}{}", it.file.display()), name)
                .about(it.problem.clone())
                .group(lang.pick("broken files", "无法读取的文件"))
                .why_not(Some(it.to_string()))
        });
        let list = List::new(Order::Best).with(items.chain(broken).collect());
        let subject = Prompts {
            all: library.prompts().to_vec(),
            wanted,
            lang,
            asked: None,
        };
        Self::new(Box::new(subject), list, lang)
    }
}

fn item(prompt: &Prompt, lang: Lang) -> Item {
    let wording = prompt.wording(lang);
    let names = wording.variables.iter().map(|it| it.name.as_str());
    let mut text = wording.text.clone();
    for more in &prompt.wordings {
        text.extend(["\n", &more.title, "\n", &more.text]);
    }
    Item {
        text,
        ..Item::new(prompt.name.clone(), prompt.name.clone())
            .about(wording.title.clone())
            .keys(names.collect::<Vec<_>>().join(" "))
    }
}

#[derive(Debug)]
struct Prompts {
    all: Vec<Prompt>,
    wanted: Language,
    lang: Lang,
    /// The prompt whose variables are filled: an index.
    asked: Option<usize>,
}

impl Prompts {
    fn find(&self, name: &str) -> Option<usize> {
        self.all.iter().position(|it| it.name == name)
    }

    /// The language that a prompt would be asked in with these values.
    fn language(&self, values: &[(String, String)]) -> Lang {
        let heard: Vec<&str> = values.iter().map(|it| it.1.as_str()).collect();
        library::language(self.wanted, &heard, self.lang)
    }

    fn preview_lines(&self, prompt: &Prompt) -> Vec<Line> {
        let lang = self.language(&[]);
        let wording = prompt.wording(lang);
        let shown = |it: &Variable| (it.name.clone(), it.shown().to_owned());
        let values: Vec<_> = wording.variables.iter().map(shown).collect();
        let mut lines = vec![Line::new(Face::Heading, &wording.title)];
        lines.push(Line::new(Face::Dim, &self.about(prompt, wording)));
        lines.push(Line::default());
        lines.extend(self.variables(wording));
        match render(prompt, lang, &values) {
            Ok(rendered) => lines.extend(self.rendered(&rendered)),
            Err(problem) => lines.push(Line::new(Face::Warning, &problem.to_string())),
        }
        let settings = prompt.settings.iter().chain(&prompt.view);
        let settings: Vec<String> = settings.map(|(key, it)| format!("{key} {it}")).collect();
        for (en, zh, text) in [
            ("settings", "设置", settings.join(", ")),
            ("notes", "说明", prompt.notes.clone()),
            ("source", "来源", prompt.source.clone()),
        ] {
            if !text.is_empty() {
                lines.push(Line::default());
                lines.push(Line::new(Face::Heading, self.lang.pick(en, zh)));
                lines.extend(Line::all(Face::Text, &text));
            }
        }
        lines
    }

    /// Languages, format, and where it is from.
    fn about(&self, prompt: &Prompt, wording: &Wording) -> String {
        let languages = prompt.wordings.iter().map(|it| match it.lang {
            Lang::En => "en",
            Lang::Zh => "zh",
        });
        let languages: Vec<&str> = languages.collect();
        let place = prompt.place.words(self.lang);
        format!("{} · {} · {place}", languages.join(" "), wording.format)
    }

    /// The texts of a prompt with values in them: the question, its other words, then what stands around it.
    fn rendered(&self, rendered: &Rendered) -> Vec<Line> {
        let lang = self.lang;
        let mut lines: Vec<Line> = Line::all(Face::User, &rendered.text).collect();
        let others = rendered.paraphrases.iter().map(|it| format!("- {it}"));
        let others: Vec<String> = others.collect();
        let system = rendered.system.as_deref().map(|it| match it {
            "" => lang.pick("(none)", "（无）"),
            text => text,
        });
        for (heading, text) in [
            (
                lang.pick("in other words", "其他说法"),
                others.join("\n").as_str(),
            ),
            (
                lang.pick("before the pictures", "图片之前"),
                &rendered.before,
            ),
            (lang.pick("system text", "系统文本"), system.unwrap_or("")),
        ] {
            if !text.is_empty() {
                lines.push(Line::default());
                lines.push(Line::new(Face::Heading, heading));
                lines.extend(Line::all(Face::Text, text));
            }
        }
        lines
    }

    fn variables(&self, wording: &Wording) -> Vec<Line> {
        let mut lines = Vec::new();
        for variable in &wording.variables {
            let default = match variable.default.as_deref() {
                None => self.lang.pick("must be given", "必填").to_owned(),
                Some(value) => format!("{} {value:?}", self.lang.pick("default", "默认")),
            };
            let values = variable.values.join(" | ");
            let parts = [variable.description.as_str(), &default, &values];
            let parts: Vec<&str> = parts.into_iter().filter(|it| !it.is_empty()).collect();
            lines.push(Line::of(&[
                (Face::Heading, &format!("{{{{{}}}}}", variable.name)),
                (Face::Dim, &format!("  {}", parts.join("; "))),
            ]));
        }
        if !lines.is_empty() {
            lines.push(Line::default());
        }
        lines
    }

    /// The values that differ from the defaults: the others follow the language that is asked in.
    fn given(&self, index: usize, values: &[String]) -> Vec<(String, String)> {
        let variables = &self.all[index].wording(self.language(&[])).variables;
        let pairs = variables.iter().zip(values);
        let other = pairs.filter(|(of, value)| of.default.as_deref() != Some(value.trim()));
        other
            .map(|(of, value)| (of.name.clone(), value.trim().to_owned()))
            .collect()
    }

    fn line(&self, index: usize, given: &[(String, String)]) -> String {
        let mut line = format!("/use {}", self.all[index].name);
        for (name, value) in given {
            line.extend([" ", name, "=", &quoted(value)]);
        }
        line
    }
}

fn field(variable: &Variable) -> Field {
    Field {
        about: variable.description.clone(),
        values: variable.values.clone(),
        example: variable.example.clone(),
        may_be_empty: variable.default.as_deref() == Some(""),
        ..Field::new(&variable.name, variable.default.as_deref().unwrap_or(""))
    }
}

impl Subject for Prompts {
    fn title(&self, lang: Lang) -> String {
        lang.pick("prompt library", "提示库").to_owned()
    }

    fn hint(&self, lang: Lang) -> String {
        lang.pick("name, title or words of a prompt", "提示的名称、标题或内容")
            .to_owned()
    }

    fn acts(&self, lang: Lang) -> Vec<(Act, &'static str)> {
        vec![
            (Act::Enter, lang.pick("ask", "提问")),
            (Act::Other, lang.pick("into the input", "填入输入栏")),
        ]
    }

    fn has_preview(&self) -> bool {
        true
    }

    fn preview(&self, item: &Item) -> Shown {
        let found = self.find(&item.key).map(|it| &self.all[it]);
        Shown::Lines(match (found, &item.why_not) {
            (Some(prompt), _) => self.preview_lines(prompt),
            (None, Some(problem)) => vec![Line::new(Face::Warning, problem)],
            (None, None) => Vec::new(),
        })
    }

    fn act(&mut self, act: Act, on: On<'_>) -> Vec<Step> {
        let Some(index) = on.item.and_then(|it| self.find(&it.key)) else {
            return Vec::new();
        };
        let line = self.line(index, &[]);
        let prompt = &self.all[index];
        let wording = prompt.wording(self.language(&[]));
        match act {
            Act::Enter if wording.variables.is_empty() => vec![Step::End(Outcome::Run(line))],
            Act::Enter => {
                let fields = wording.variables.iter().map(field).collect();
                self.asked = Some(index);
                vec![Step::Form(Form::new(&prompt.name, fields))]
            }
            Act::Other => vec![Step::End(Outcome::Fill(format!("{line} ")))],
            _ => Vec::new(),
        }
    }

    fn draft(&self, values: &[String]) -> Vec<Line> {
        let Some(index) = self.asked else {
            return Vec::new();
        };
        let given = self.given(index, values);
        let mut lines = vec![
            Line::new(Face::Dim, &self.line(index, &given)),
            Line::default(),
        ];
        match render(&self.all[index], self.language(&given), &given) {
            Ok(rendered) => lines.extend(self.rendered(&rendered)),
            Err(problem) => lines.push(Line::new(Face::Dim, &problem.to_string())),
        }
        lines
    }

    fn filled(&mut self, values: &[String]) -> Result<Vec<Step>, String> {
        let Some(index) = self.asked else {
            return Ok(Vec::new());
        };
        let given = self.given(index, values);
        let language = self.language(&given);
        render(&self.all[index], language, &given).map_err(|it| it.to_string())?;
        Ok(vec![Step::End(Outcome::Run(self.line(index, &given)))])
    }
}
