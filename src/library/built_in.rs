//! Nothing in, the prompts inside the program out: the files of `prompts/`.

use super::Prompt;
use super::file::{Kind, read};

/// Name and text of every built-in prompt, by name.
const FILES: &[(&str, &str)] = &[
    ("abnormal", include_str!("prompts/abnormal.toml")),
    ("boxes", include_str!("prompts/boxes.toml")),
    ("comparison", include_str!("prompts/comparison.toml")),
    ("ct-slices", include_str!("prompts/ct-slices.toml")),
    ("differential", include_str!("prompts/differential.toml")),
    ("findings", include_str!("prompts/findings.toml")),
    ("findings-json", include_str!("prompts/findings-json.toml")),
    ("impression", include_str!("prompts/impression.toml")),
    ("localize", include_str!("prompts/localize.toml")),
    ("longitudinal", include_str!("prompts/longitudinal.toml")),
    ("measure", include_str!("prompts/measure.toml")),
    ("modality", include_str!("prompts/modality.toml")),
    ("plain-words", include_str!("prompts/plain-words.toml")),
    ("prior-report", include_str!("prompts/prior-report.toml")),
    ("quality", include_str!("prompts/quality.toml")),
    ("region", include_str!("prompts/region.toml")),
    ("report", include_str!("prompts/report.toml")),
    ("side", include_str!("prompts/side.toml")),
    ("teach", include_str!("prompts/teach.toml")),
    ("yes-no", include_str!("prompts/yes-no.toml")),
];

/// The file of a built-in prompt, as it was written.
pub fn file(name: &str) -> Option<&'static str> {
    let found = FILES.iter().find(|(it, _)| *it == name);
    found.map(|(_, text)| *text)
}

/// The built-in prompts, by name.
pub(super) fn prompts() -> Vec<Prompt> {
    let one = |(name, text): &(&str, &str)| {
        read(name, Kind::Toml, text, &|_, _| Ok(())).expect("a test reads every built-in prompt")
    };
    FILES.iter().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::context::has_chinese;
    use crate::library::{Format, Library, Place, Rendered, SETTINGS, VIEW, render};
    use crate::settings::{Key, Lang};

    fn rendered(name: &str, lang: Lang, values: &[(&str, &str)]) -> Rendered {
        let values: Vec<(String, String)> = values
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        let library = Library::built_in();
        render(library.find(name).unwrap(), lang, &values).unwrap()
    }

    #[test]
    fn every_built_in_prompt_is_read_and_is_in_two_languages() {
        let prompts = prompts();
        assert!(prompts.is_sorted_by(|a, b| a.name < b.name));
        for prompt in &prompts {
            let name = &prompt.name;
            assert_eq!(prompt.place, Place::BuiltIn);
            assert!(
                !prompt.notes.is_empty() || !prompt.source.is_empty(),
                "{name}"
            );
            let known = ["Own wording", "Published, to the letter"];
            assert!(
                known.iter().any(|it| prompt.source.starts_with(it)),
                "{name}"
            );
            let [en, zh] = prompt.wordings.as_slice() else {
                panic!("{name} is not in two languages")
            };
            assert_eq!((en.lang, zh.lang), (Lang::En, Lang::Zh));
            assert!(has_chinese(&zh.title) && has_chinese(&zh.text), "{name}");
            assert!(!has_chinese(&en.title) && !has_chinese(&en.text), "{name}");
            assert_ne!(en.title, *name);
            let names = |it: &crate::library::Wording| {
                let mut names: Vec<String> =
                    it.variables.iter().map(|it| it.name.clone()).collect();
                names.sort();
                names
            };
            assert_eq!(names(en), names(zh), "{name}");
            assert_eq!(
                en.paraphrases.is_empty(),
                zh.paraphrases.is_empty(),
                "{name}"
            );
            for variable in en.variables.iter().chain(&zh.variables) {
                assert!(
                    !variable.description.is_empty(),
                    "{name}: {}",
                    variable.name
                );
                assert_ne!(variable.shown(), "…", "{name}: {}", variable.name);
            }
            for variable in &zh.variables {
                assert!(
                    has_chinese(&variable.description),
                    "{name}: {}",
                    variable.name
                );
            }
        }
    }

    #[test]
    fn every_built_in_prompt_can_be_asked_by_its_usage() {
        for prompt in prompts() {
            for lang in [Lang::En, Lang::Zh] {
                let usage = prompt.usage(lang).replace(['[', ']'], "");
                let typed = usage.strip_prefix("/use ").unwrap();
                let found = crate::library::parse_use(typed).unwrap();
                let values = found.values_for(&prompt, lang).unwrap();
                let rendered = render(&prompt, lang, &values).unwrap();
                assert_eq!(rendered.lang, lang);
                let texts = rendered
                    .paraphrases
                    .iter()
                    .chain([&rendered.text, &rendered.before]);
                assert!(texts.into_iter().all(|it| !it.contains("{{")), "{usage}");
            }
        }
    }

    #[test]
    fn what_a_prompt_may_set_are_settings_that_can_change() {
        for key in SETTINGS.iter().chain(&VIEW) {
            assert!(Key::find(key).is_ok_and(|it| it.live), "{key}");
        }
        for prompt in prompts() {
            for (key, _) in prompt.settings.iter().chain(&prompt.view) {
                assert!(Key::find(key).is_ok(), "{}: {key}", prompt.name);
            }
        }
    }

    #[test]
    fn the_prompts_that_experiments_need_have_paraphrases() {
        for name in ["findings", "impression", "yes-no", "comparison"] {
            for lang in [Lang::En, Lang::Zh] {
                let library = Library::built_in();
                let count = library.find(name).unwrap().wording(lang).paraphrases.len();
                assert!(count >= 5, "{name} has {count}");
            }
        }
    }

    #[test]
    fn no_paraphrase_turns_yes_into_no() {
        let turning = [
            " no ",
            " not ",
            "n't",
            "absent",
            "absence",
            "without",
            "rule out",
            "ruled out",
            "exclude",
            "free of",
            " normal",
            "clear",
            "不",
            "无异常吗",
            "未见",
            "排除",
            "除外",
            "正常吗",
        ];
        let prompts = prompts();
        let wordings = prompts.iter().flat_map(|it| &it.wordings);
        let texts = wordings
            .filter(|it| it.format == Format::YesNo)
            .flat_map(|it| &it.paraphrases);
        for text in texts {
            let question = text.replace("yes or no", "").to_lowercase();
            let found = turning.iter().find(|it| question.contains(**it));
            assert_eq!(found, None, "{text}");
        }
    }

    #[test]
    fn paraphrases_ask_for_the_same_kind_of_answer() {
        // what the text says about the answer, every paraphrase says in the same words
        let instructions = [
            ("yes-no", Lang::En, " Answer yes or no."),
            ("abnormal", Lang::En, " Answer yes or no."),
            ("yes-no", Lang::Zh, "请用“有”或“没有”回答："),
            ("boxes", Lang::En, "JSON"),
            ("boxes", Lang::Zh, "JSON"),
            (
                "report",
                Lang::En,
                "with the sections Findings and Impression",
            ),
        ];
        for (name, lang, words) in instructions {
            let library = Library::built_in();
            let wording = library.find(name).unwrap().wording(lang);
            for text in wording.paraphrases.iter().chain([&wording.text]) {
                assert!(text.contains(words), "{name}: {text}");
            }
        }
    }

    /// The published text, put together by hand from
    /// google-health/medgemma, `notebooks/cxr_anatomy_localization_with_hugging_face.ipynb`.
    fn published(object: &str) -> String {
        [
            "Instructions:\nThe following user query will require outputting bounding boxes. ",
            "The format of bounding boxes coordinates is [y0, x0, y1, x1] where (y0, x0) must be top-left corner and (y1, x1) ",
            "the bottom-right corner. This implies that x0 < x1 and y0 < y1. ",
            "Always normalize the x and y coordinates the range [0, 1000], meaning that a bounding box starting at 15% of the ",
            "image width would be associated with an x coordinate of 150. ",
            "You MUST output a single parseable json list of objects enclosed into ```json...``` brackets, for instance ",
            "```json[{\"box_2d\": [800, 3, 840, 471], \"label\": \"car\"}, ",
            "{\"box_2d\": [400, 22, 600, 73], \"label\": \"dog\"}]``` is a valid output. ",
            "Now answer to the user query.\n\n",
            "Remember \"left\" refers to the patient's left side where the heart is and sometimes underneath an L in the upper ",
            "right corner of the image.\n\n",
            "Query:\nWhere is the ",
            object,
            "? Don't give a final answer without reasoning. Output the final answer in the format \"Final Answer: X\" where X ",
            "is a JSON list of objects. The object needs a \"box_2d\" and \"label\" key. Answer:",
        ]
        .concat()
    }

    #[test]
    fn localize_is_the_published_wording_to_the_letter() {
        let found = rendered("localize", Lang::En, &[("object", "right clavicle")]);
        assert_eq!(found.text, published("right clavicle"));
        assert_eq!(
            (found.system.as_deref(), found.before.as_str()),
            (Some(""), "")
        );
        assert_eq!(found.paraphrases, [""; 0]);
        assert_eq!(found.format, Format::Boxes);
        let settings: Vec<(&str, &str)> = found
            .settings
            .iter()
            .map(|(key, value)| (key.as_str(), value.as_str()))
            .collect();
        let expected = [
            ("temperature", "0"),
            ("repetition-penalty", "1"),
            ("max-new-tokens", "1000"),
        ];
        assert_eq!(settings, expected);
    }

    #[test]
    fn ct_slices_is_the_published_wording_with_the_question_last() {
        let found = rendered("ct-slices", Lang::En, &[]);
        assert_eq!(
            found.before,
            "You are an instructor teaching medical students. You are analyzing a contiguous block of CT slices from the \
             center of the abdomen. Please review the slices provided below carefully."
        );
        assert_eq!(
            found.text,
            "Based on the visual evidence in the slices provided above, is this image a good teaching example of liver \
             pathology? Comment on hypodense lesions or other hepatic irregularities. Do not comment on findings outside \
             the liver. Please provide your reasoning and conclude with a 'Final Answer: yes' or 'Final Answer: no'."
        );
        assert_eq!(found.system.as_deref(), Some(""));
    }

    #[test]
    fn longitudinal_is_the_published_wording() {
        let found = rendered("longitudinal", Lang::En, &[]);
        assert_eq!(
            found.text,
            "Provide a comparison of these two images and include details from\nthe image which students should take note \
             of when reading longitudinal CXR"
        );
        assert_eq!(found.system.as_deref(), Some(""));
    }

    #[test]
    fn the_example_in_localize_can_be_read_as_boxes() {
        let found = crate::boxes::parse(&published("car")).unwrap();
        let labels: Vec<&str> = found.boxes.iter().map(|it| it.label.as_str()).collect();
        assert_eq!(labels, ["car", "dog"]);
        assert!(found.strict);
    }
}
