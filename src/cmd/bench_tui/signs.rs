//! What the bench presses and looks for on the screen: everything that ties it to the interface, in one place.

/// Keys by name (`played::encode`), words as they are shown in English, arguments as they are typed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Signs {
    /// Arguments in front of everything else.
    pub(super) arguments: &'static [&'static str],
    /// A picture that is always there.
    pub(super) picture: &'static str,
    /// Arguments before the file of the session that is recorded, or goes on.
    pub(super) session: &'static [&'static str],
    /// Arguments that make answers long: a phantom's last some milliseconds otherwise.
    pub(super) long_answer: &'static [&'static str],
    /// The command that records a session from standard input, to make long ones of it; its picture and session follow.
    pub(super) record: &'static [&'static str],
    /// Any of them on the screen, and none of `loading`: the model can be asked.
    pub(super) ready: &'static [&'static str],
    /// Any of them on the screen: the model is on its way.
    pub(super) loading: &'static [&'static str],
    /// Any of them on the screen: an answer is being made.
    pub(super) busy: &'static [&'static str],
    /// What stands before the number of tokens that are there, while an answer is being made.
    pub(super) count: &'static str,
    /// Any of them on the screen: an answer was cancelled.
    pub(super) stopped: &'static [&'static str],
    /// The input gets the keys.
    pub(super) to_input: &'static [&'static str],
    /// The picture gets the keys.
    pub(super) to_picture: &'static [&'static str],
    /// What was typed is sent.
    pub(super) submit: &'static str,
    /// The answer is given up.
    pub(super) cancel: &'static str,
    /// The line that was typed is thrown away.
    pub(super) clear: &'static str,
    pub(super) next_slice: &'static str,
    pub(super) previous_slice: &'static str,
    /// One after the other, until it has ended.
    pub(super) quit: &'static [&'static str],
}

/// The interface of this program.
pub(super) const MEDLAB: Signs = Signs {
    arguments: &["--lang", "en"],
    picture: "sample:cxr-effusion",
    session: &["--session"],
    long_answer: &["--temperature", "8", "--max-new-tokens", "512"],
    record: &["repl", "--lang", "en"],
    ready: &["research only"],
    loading: &["loading"],
    busy: &["answering", "looking", "reading"],
    count: "answering ",
    stopped: &["stopping", "cancelling", "stopped"],
    to_input: &["alt-3"],
    to_picture: &["alt-1"],
    submit: "enter",
    cancel: "esc",
    clear: "ctrl-u",
    next_slice: "down",
    previous_slice: "up",
    quit: &["ctrl-q", "ctrl-d", "ctrl-q"],
};

/// The question that is asked to see an answer come.
pub(super) const QUESTION: &str = "Describe the picture.";

/// Letters that no answer and no interface has: what is typed is found by them. One cell wide each.
pub(super) const PROBES: &str = "ŧŋđħłŵŷžšřťňĵĥĝĉčďęěėįķļńőųůűŹŻŽŠŘŤŇĴĤĜĈČĎĘĚĖĮĶĻŃŐŲŮŰŦŊĐĦŁŴŶ";

/// The last question of a session that is made: it is on the screen when the end of the conversation is.
pub(super) const LAST: &str = "Last words of a long session?";
