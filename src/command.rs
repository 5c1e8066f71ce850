//! A typed line in, what is meant (`Do`) out: the one table of commands, from which grammar, help and completion follow.

use crate::error::Failure;
use crate::nearest::nearest;
use crate::settings::Lang;

mod annotate;

pub use annotate::Annotation;

/// One row of the table.
#[derive(Debug)]
pub struct Command {
    /// The word after the slash.
    pub name: &'static str,
    /// Its arguments as help shows them; `[…]` may be left out.
    pub arguments: &'static str,
    /// One line of English help.
    pub en: &'static str,
    /// The same in Chinese.
    pub zh: &'static str,
    /// What may stand after it.
    pub completion: Completion,
    means: fn(&str) -> Result<Do, &'static str>,
}

/// What completion offers after a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Completion {
    /// Nothing.
    Nothing,
    /// Pictures: files and samples.
    Pictures,
    /// Text files, or `clear`.
    FileOrClear,
    /// `clear`.
    Clear,
    /// A setting, then its values.
    Settings,
    /// The values of this setting.
    View(&'static str),
    /// The commands.
    Commands,
    /// A prompt of the library, then its variables.
    Prompts,
    /// Grades.
    Verdict,
}

/// What a line means.
#[derive(Debug, Clone, PartialEq)]
pub enum Do {
    /// Ask this question.
    Ask(String),
    /// Ask it with the pictures and the prior report, but without the earlier turns.
    AskFresh(String),
    /// Open these pictures.
    Open(Vec<String>),
    /// List the pictures.
    Pictures,
    /// Close the picture of this number (from 1), or all.
    Close(Option<usize>),
    /// Show the picture of this number (from 1), or the last.
    View(Option<usize>),
    /// Look at what was opened last in another way: a setting of pictures, and its value.
    Look(&'static str, String),
    /// Change or show the prior report.
    Prior(Text),
    /// Change or show the system text.
    System(Text),
    /// Ask a prompt of the library: what was typed after the command.
    Use(String),
    /// List the prompts of the library.
    Prompts,
    /// Run an experiment's file, or ask several questions and show what differs.
    Compare(String),
    /// Ask the last question without its pictures.
    Blind,
    /// Ask the last question in other words: so many, or all.
    Paraphrase(Option<usize>),
    /// Change a setting.
    Set(String, String),
    /// Show the settings.
    Settings,
    /// Forget everything: turns, prior report, pictures.
    Reset,
    /// Forget the last question and its answer.
    Undo,
    /// Go on in a new session that has the turns up to this one, or all.
    Branch(Option<usize>),
    /// Ask the last question again.
    Retry,
    /// Say something about the last answer, or about the session.
    Annotate(Annotation),
    /// Play a recorded session.
    Replay(String),
    /// Draw the token budget.
    Context,
    /// Help on one command, or all.
    Help(Option<String>),
    /// Leave.
    Quit,
}

/// What follows a command that takes a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Text {
    /// Nothing: show it.
    Show,
    /// `clear`.
    Clear,
    /// The text itself, or the name of a file.
    New(String),
}

/// Every command, in the order in which help lists them.
pub const COMMANDS: &[Command] = &[
    Command {
        name: "open",
        arguments: "FILE…",
        en: "open pictures: files, or sample:NAME",
        zh: "打开图片:文件,或 sample:名称",
        completion: Completion::Pictures,
        means: |rest| match words(rest)? {
            files if files.is_empty() => Err("name a file, or sample:NAME"),
            files => Ok(Do::Open(files)),
        },
    },
    Command {
        name: "pictures",
        arguments: "",
        en: "list the open pictures",
        zh: "列出已打开的图片",
        completion: Completion::Nothing,
        means: |rest| alone(rest, Do::Pictures),
    },
    Command {
        name: "close",
        arguments: "[N]",
        en: "close picture N, or all",
        zh: "关闭第 N 张图片,或全部关闭",
        completion: Completion::Nothing,
        means: |rest| number(rest).map(Do::Close),
    },
    Command {
        name: "view",
        arguments: "[N]",
        en: "show picture N again, or the last",
        zh: "再次显示第 N 张图片,或最后一张",
        completion: Completion::Nothing,
        means: |rest| number(rest).map(Do::View),
    },
    Command {
        name: "window",
        arguments: "WINDOW",
        en: "open the last picture again in another window: lung, 40/400, auto, full, file:2, rgb, default",
        zh: "用另一窗宽窗位重新打开最后一张图片:lung、40/400、auto、full、file:2、rgb、default",
        completion: Completion::View("window"),
        means: |rest| {
            look(
                "window",
                rest,
                "give a window, as in /window lung or /window 40/400",
            )
        },
    },
    Command {
        name: "slices",
        arguments: "WHICH",
        en: "open other slices of the last series or volume: 12, 5-9, every:4, middle, all, auto:7",
        zh: "打开最后一个序列的其他层面:12、5-9、every:4、middle、all、auto:7",
        completion: Completion::View("slices"),
        means: |rest| look("slices", rest, "say which, as in /slices 12 or /slices 5-9"),
    },
    Command {
        name: "plane",
        arguments: "PLANE",
        en: "cut the last volume in another plane: axial, coronal, sagittal, default",
        zh: "用另一平面重建最后一个容积:axial、coronal、sagittal、default",
        completion: Completion::View("plane"),
        means: |rest| look("plane", rest, "give axial, coronal or sagittal"),
    },
    Command {
        name: "region",
        arguments: "REGION",
        en: "mark a region of the last picture, measured and told to the model: x,y,w,h, ellipse:cx,cy,rx,ry, box:y0,x0,y1,x1, off",
        zh: "在最后一张图片上标记区域(测量并告知模型):x,y,w,h、ellipse:cx,cy,rx,ry、box:y0,x0,y1,x1、off",
        completion: Completion::View("region"),
        means: |rest| {
            look(
                "region",
                rest,
                "give a region, as in /region 100,120,64,64, or off",
            )
        },
    },
    Command {
        name: "prior",
        arguments: "[FILE|TEXT|clear]",
        en: "the prior report to compare with: a file or the text itself; shows it when alone",
        zh: "用于对比的既往报告:文件或文本;单独使用时显示当前内容",
        completion: Completion::FileOrClear,
        means: |rest| Ok(Do::Prior(text(rest))),
    },
    Command {
        name: "system",
        arguments: "[TEXT|clear]",
        en: "the text the model reads before everything else; shows it when alone",
        zh: "模型最先读到的系统文本;单独使用时显示当前内容",
        completion: Completion::Clear,
        means: |rest| Ok(Do::System(text(rest))),
    },
    Command {
        name: "use",
        arguments: "PROMPT [KEY=VALUE…]",
        en: "ask a prompt of the library, as in /use localize right lung; /prompts lists them",
        zh: "使用提示库中的提示提问,如 /use localize 右肺;/prompts 列出全部提示",
        completion: Completion::Prompts,
        means: |rest| match rest {
            "" => Err("name a prompt; /prompts lists them"),
            typed => Ok(Do::Use(typed.to_owned())),
        },
    },
    Command {
        name: "prompts",
        arguments: "",
        en: "list the prompts of the library",
        zh: "列出提示库中的提示",
        completion: Completion::Nothing,
        means: |rest| alone(rest, Do::Prompts),
    },
    Command {
        name: "compare",
        arguments: "QUESTION | QUESTION… or FILE.toml",
        en: "ask several questions about the open pictures and show what differs, or run an experiment",
        zh: "就打开的图片提出多个问题并显示差异,或运行实验文件",
        completion: Completion::Pictures,
        means: |rest| match rest {
            "" => Err("give several questions with | between them, or an experiment's file"),
            typed => Ok(Do::Compare(typed.to_owned())),
        },
    },
    Command {
        name: "blind",
        arguments: "",
        en: "ask the last question with grey in place of the picture, and without it: does the answer come from the picture?",
        zh: "用灰色代替图片以及不带图片再次提问:回答是否来自图片?",
        completion: Completion::Nothing,
        means: |rest| alone(rest, Do::Blind),
    },
    Command {
        name: "paraphrase",
        arguments: "[N]",
        en: "ask the last prompt of the library in N other words: is the answer stable?",
        zh: "用 N 种其他说法再次提问:回答是否稳定?",
        completion: Completion::Nothing,
        means: |rest| match rest.parse() {
            Err(_) if rest.is_empty() => Ok(Do::Paraphrase(None)),
            Ok(0) | Err(_) => Err("say in how many other words, as in /paraphrase 5"),
            Ok(wanted) => Ok(Do::Paraphrase(Some(wanted))),
        },
    },
    Command {
        name: "set",
        arguments: "[KEY VALUE]",
        en: "change a setting; lists them when alone",
        zh: "更改设置;单独使用时列出全部设置",
        completion: Completion::Settings,
        means: |rest| match rest.split_once(char::is_whitespace) {
            Some((key, value)) => Ok(Do::Set(key.to_owned(), value.trim().to_owned())),
            None if rest.is_empty() => Ok(Do::Settings),
            None => Err("give a setting and its value, as in /set temperature 0.7"),
        },
    },
    Command {
        name: "reset",
        arguments: "",
        en: "forget everything: turns, prior report and pictures",
        zh: "全部清除:对话、既往报告和图片",
        completion: Completion::Nothing,
        means: |rest| alone(rest, Do::Reset),
    },
    Command {
        name: "undo",
        arguments: "",
        en: "forget the last question and its answer",
        zh: "撤销上一个问题及其回答",
        completion: Completion::Nothing,
        means: |rest| alone(rest, Do::Undo),
    },
    Command {
        name: "branch",
        arguments: "[TURN]",
        en: "go on in a new session that begins with the turns up to TURN, or all; this one stays as it is",
        zh: "从第 TURN 轮(或最后一轮)开始在新会话中继续;原会话保持不变",
        completion: Completion::Nothing,
        means: |rest| match rest.parse() {
            Err(_) if rest.is_empty() => Ok(Do::Branch(None)),
            Ok(0) | Err(_) => Err("give the number of a turn, as in /branch 2"),
            Ok(turn) => Ok(Do::Branch(Some(turn))),
        },
    },
    Command {
        name: "retry",
        arguments: "",
        en: "ask the last question again",
        zh: "重新提问上一个问题",
        completion: Completion::Nothing,
        means: |rest| alone(rest, Do::Retry),
    },
    Command {
        name: "ask-fresh",
        arguments: "QUESTION",
        en: "ask with the pictures and the prior report, but without the earlier turns",
        zh: "不带之前的对话提问(保留图片和既往报告)",
        completion: Completion::Nothing,
        means: |rest| match rest {
            "" => Err("give a question"),
            question => Ok(Do::AskFresh(question.to_owned())),
        },
    },
    annotate::EXPECT,
    annotate::EXPECT_NOT,
    annotate::EXPECT_BOX,
    annotate::NOTE,
    annotate::VERDICT,
    annotate::TITLE,
    annotate::REPLAY,
    Command {
        name: "context",
        arguments: "",
        en: "draw what fills the context window",
        zh: "显示上下文窗口的占用情况",
        completion: Completion::Nothing,
        means: |rest| alone(rest, Do::Context),
    },
    Command {
        name: "help",
        arguments: "[COMMAND]",
        en: "this list",
        zh: "显示本列表",
        completion: Completion::Commands,
        means: |rest| {
            let name = rest.trim_start_matches('/');
            Ok(Do::Help((!name.is_empty()).then(|| name.to_owned())))
        },
    },
    Command {
        name: "quit",
        arguments: "",
        en: "leave; so does Ctrl-D",
        zh: "退出;Ctrl-D 亦可",
        completion: Completion::Nothing,
        means: |rest| alone(rest, Do::Quit),
    },
];

/// What a line means; `None` for an empty one.
///
/// # Errors
/// When it begins with a slash and is no command, or has the wrong arguments: one sentence.
pub fn parse(line: &str) -> Result<Option<Do>, Failure> {
    let line = line.trim();
    let Some(typed) = line.strip_prefix('/') else {
        return Ok((!line.is_empty()).then(|| Do::Ask(line.to_owned())));
    };
    let (name, rest) = typed.split_once(char::is_whitespace).unwrap_or((typed, ""));
    let command = find(name)?;
    let say = |problem| Failure::Usage(format!("/{name}: {problem}"));
    (command.means)(rest.trim()).map(Some).map_err(say)
}

/// The command of this name.
///
/// # Errors
/// When there is none; names the nearest.
pub fn find(name: &str) -> Result<&'static Command, Failure> {
    COMMANDS.iter().find(|it| it.name == name).ok_or_else(|| {
        let near = nearest(name, COMMANDS.iter().map(|it| it.name));
        let hint = near.map_or_else(
            || "/help lists them".to_owned(),
            |it| format!("did you mean /{it}?"),
        );
        Failure::Usage(format!(
            "no command is called {:?}; {hint}",
            format!("/{name}")
        ))
    })
}

impl Command {
    /// `/open FILE…` and its help, in a language.
    pub fn help(&self, lang: Lang) -> (String, &'static str) {
        let usage = format!("/{} {}", self.name, self.arguments);
        (usage.trim_end().to_owned(), lang.pick(self.en, self.zh))
    }
}

fn look(key: &'static str, rest: &str, without: &'static str) -> Result<Do, &'static str> {
    if rest.is_empty() {
        Err(without)
    } else {
        Ok(Do::Look(key, rest.to_owned()))
    }
}

fn alone(rest: &str, meaning: Do) -> Result<Do, &'static str> {
    if rest.is_empty() {
        Ok(meaning)
    } else {
        Err("takes nothing after it")
    }
}

fn number(rest: &str) -> Result<Option<usize>, &'static str> {
    match rest.parse() {
        Ok(0) => Err("pictures are counted from 1"),
        Ok(number) => Ok(Some(number)),
        Err(_) if rest.is_empty() => Ok(None),
        Err(_) => Err("give the picture's number, as /pictures lists it"),
    }
}

fn text(rest: &str) -> Text {
    match rest {
        "" => Text::Show,
        "clear" => Text::Clear,
        text => Text::New(text.to_owned()),
    }
}

/// Words as a shell would split them: quotes keep blanks together, a backslash takes the next character as it is.
///
/// # Errors
/// When a quote is not closed.
pub fn words(text: &str) -> Result<Vec<String>, &'static str> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        match (letter, quote) {
            (it, Some(open)) if it == open => quote = None,
            ('"' | '\'', None) => {
                quote = Some(letter);
                word.get_or_insert_default();
            }
            ('\\', None | Some('"')) => word
                .get_or_insert_default()
                .push(letters.next().unwrap_or('\\')),
            (it, None) if it.is_whitespace() => words.extend(word.take()),
            (it, _) => word.get_or_insert_default().push(it),
        }
    }
    if quote.is_some() {
        return Err("a quote is not closed");
    }
    words.extend(word);
    Ok(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(line: &str, expected: Do) {
        assert_eq!(parse(line).unwrap(), Some(expected), "{line:?}");
    }

    fn check_refused(line: &str, expected: &str) {
        assert_eq!(parse(line).unwrap_err().to_string(), expected, "{line:?}");
    }

    #[test]
    fn a_line_is_a_question_or_a_command() {
        assert_eq!(parse("  \n").unwrap(), None);
        check(
            " Is there an effusion? ",
            Do::Ask("Is there an effusion?".into()),
        );
        check(
            "/open a.png 'my film.png' b\\ c.png",
            Do::Open(vec!["a.png".into(), "my film.png".into(), "b c.png".into()]),
        );
        check(
            "/open \"say \\\"a\\\".png\" ''",
            Do::Open(vec!["say \"a\".png".into(), String::new()]),
        );
        check("/close 2", Do::Close(Some(2)));
        check("/view", Do::View(None));
        check("/prior clear", Do::Prior(Text::Clear));
        check(
            "/prior Two lines\nof text.",
            Do::Prior(Text::New("Two lines\nof text.".into())),
        );
        check(
            "/set system  Be brief. ",
            Do::Set("system".into(), "Be brief.".into()),
        );
        check("/set", Do::Settings);
        check("/ask-fresh And now?", Do::AskFresh("And now?".into()));
        check("/help /open", Do::Help(Some("open".into())));
    }

    #[test]
    fn a_wrong_line_is_one_sentence() {
        check_refused(
            "/opne a.png",
            "no command is called \"/opne\"; did you mean /open?",
        );
        check_refused(
            "/frobnicate",
            "no command is called \"/frobnicate\"; /help lists them",
        );
        check_refused("/", "no command is called \"/\"; /help lists them");
        check_refused("/open", "/open: name a file, or sample:NAME");
        check_refused("/open 'a", "/open: a quote is not closed");
        check_refused(
            "/close first",
            "/close: give the picture's number, as /pictures lists it",
        );
        check_refused("/close 0", "/close: pictures are counted from 1");
        check_refused("/undo 3", "/undo: takes nothing after it");
        check_refused(
            "/set seed",
            "/set: give a setting and its value, as in /set temperature 0.7",
        );
        check_refused("/ask-fresh", "/ask-fresh: give a question");
    }
}
