//! What was typed for a prior report in, its date and its text out.

use super::read_prior;
use crate::command;
use crate::context::Prior;
use crate::error::Failure;

/// `report.txt`, or `2024-03-01=report.txt`.
pub(super) fn of_flag(typed: &str) -> Result<Prior, Failure> {
    let (date, file) = match typed.split_once('=') {
        Some((date, file)) if is_date(date) => (Some(date), file),
        _ => (None, typed),
    };
    Ok(Prior {
        date: date.map(str::to_owned),
        text: read_prior(file.as_ref())?,
    })
}

/// The same in a conversation, where the text itself may stand for its file: `2024-03-01 No effusion.`; one word is a file's
/// name.
pub(super) fn of_line(typed: &str) -> Result<Prior, Failure> {
    let (date, rest) = match typed.split_once(char::is_whitespace) {
        Some((date, rest)) if is_date(date) => (Some(date), rest.trim()),
        _ => (None, typed),
    };
    let words = command::words(rest).unwrap_or_default();
    let text = match words.as_slice() {
        [word] => read_prior(word.as_ref())?,
        _ => rest.to_owned(),
    };
    Ok(Prior {
        date: date.map(str::to_owned),
        text,
    })
}

/// `2024`, `2024-03` or `2024-03-01`.
fn is_date(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let is_number = |part: &&str, digits: usize| {
        part.len() == digits && part.bytes().all(|it| it.is_ascii_digit())
    };
    parts.len() <= 3
        && parts
            .iter()
            .zip([4, 2, 2])
            .all(|(part, digits)| is_number(part, digits))
}

/// For people: each report under its date.
pub(super) fn listed(priors: &[Prior]) -> String {
    let one = |prior: &Prior| match &prior.date {
        Some(date) => format!("{date}\n{}", prior.text),
        None => prior.text.clone(),
    };
    priors.iter().map(one).collect::<Vec<_>>().join("\n\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_is_told_from_a_name_and_from_words() {
        let date = |typed: &str| of_line(typed).unwrap().date;
        assert_eq!(
            date("2024-03-01 No effusion.").as_deref(),
            Some("2024-03-01")
        );
        assert_eq!(date("2024 No effusion.").as_deref(), Some("2024"));
        assert_eq!(date("20 mm nodule, no effusion."), None);
        assert_eq!(date("2024-3-1 no effusion"), None);
        let error = of_flag("2024-03-01=/no/such.txt").unwrap_err();
        assert_eq!(
            error.to_string(),
            "/no/such.txt: the prior report cannot be read: no such file"
        );
        assert_eq!(
            of_flag("a=b.txt").unwrap_err().to_string(),
            "a=b.txt: the prior report cannot be read: no such file"
        );
    }
}
