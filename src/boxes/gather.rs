//! An answer's text in; the last list in it that holds boxes, entry by entry, out.

use super::reader::{End, Reader, Value, number};

/// So much of an answer's end is searched, in bytes.
const SEARCHED: usize = 128 * 1024;

/// Steps of reading for each byte that is searched.
const STEPS_PER_BYTE: usize = 16;

const FENCE: &str = "```";

const BOX_KEYS: [&str; 14] = [
    "box_2d",
    "bbox_2d",
    "box2d",
    "bbox2d",
    "box",
    "bbox",
    "bounding_box",
    "boundingbox",
    "bounding_box_2d",
    "coordinates",
    "coords",
    "box_coordinates",
    "边界框",
    "坐标",
];
const LABEL_KEYS: [&str; 8] = [
    "label", "name", "class", "category", "object", "finding", "标签", "名称",
];
/// What announces a list, with a colon behind it.
const ANNOUNCING: [&str; 8] = [
    "answer",
    "答案",
    "box_2d",
    "bbox",
    "box",
    "coordinates",
    "边界框",
    "坐标",
];
/// Names of the four places, in the order top, left, bottom, right.
const CORNERS: [[&str; 4]; 5] = [
    ["y0", "x0", "y1", "x1"],
    ["ymin", "xmin", "ymax", "xmax"],
    ["y_min", "x_min", "y_max", "x_max"],
    ["y1", "x1", "y2", "x2"],
    ["top", "left", "bottom", "right"],
];

/// An entry of a list of boxes.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Raw {
    /// The label as it stands there.
    pub(super) label: String,
    /// Four numbers as they stand there, or half a sentence why there are none.
    pub(super) place: Result<[f64; 4], String>,
}

/// The last list of an answer that holds boxes.
#[derive(Debug)]
pub(super) struct Gathered {
    pub(super) raws: Vec<Raw>,
    /// Whether it is the JSON that was asked for.
    pub(super) strict: bool,
    /// How many lists of boxes there are.
    pub(super) lists: usize,
    /// Whether something in it is not closed.
    pub(super) cut: bool,
    /// Whether the front of the answer was not searched.
    pub(super) skipped_front: bool,
}

/// A list that holds boxes, or says that there are none.
struct Candidate {
    raws: Vec<Raw>,
    strict: bool,
    cut: bool,
    /// Bytes of the text.
    start: usize,
    end: usize,
    /// One object, which others may follow: a list without its brackets.
    is_single: bool,
}

/// The last list of an answer that holds boxes; `None` when there is none.
pub(super) fn last_list(answer: &str) -> Option<Gathered> {
    let mut from = answer.len().saturating_sub(SEARCHED);
    while !answer.is_char_boundary(from) {
        from += 1;
    }
    let text = &answer[from..];
    let search = Search::new(text);
    let mut reader = Reader::new(text, SEARCHED.min(text.len() + 100) * STEPS_PER_BYTE);
    let mut lists: usize = 0;
    let mut last: Option<Candidate> = None;
    let mut at = 0;
    while let Some(found) = text[at..].find(['[', '{']) {
        let start = at + found;
        let value = reader.read(start, search.fence_after(start));
        at = start + 1;
        if reader.is_tired() {
            break;
        }
        let Some(value) = value else {
            continue;
        };
        let end = reader.at.max(at);
        let candidate = search.candidate(&value, start, end);
        if candidate.is_some() || is_closed(&value) {
            at = end;
        }
        let Some(candidate) = candidate else {
            continue;
        };
        match &mut last {
            Some(before) if search.go_together(before, &candidate) => {
                before.raws.extend(candidate.raws);
                before.end = candidate.end;
                before.cut |= candidate.cut;
                before.strict = false;
            }
            _ => {
                lists += 1;
                last = Some(candidate);
            }
        }
    }
    last.map(|it| Gathered {
        raws: it.raws,
        strict: it.strict,
        lists,
        cut: it.cut,
        skipped_front: from > 0,
    })
}

/// What is known of the text as a whole.
struct Search<'a> {
    text: &'a str,
    /// Where the code fences are.
    fences: Vec<usize>,
    /// Where the first word begins and the last one ends.
    words: (usize, usize),
}

impl<'a> Search<'a> {
    fn new(text: &'a str) -> Self {
        let first = text.find(char::is_alphanumeric).unwrap_or(text.len());
        let last = text.rfind(char::is_alphanumeric).map_or(0, |it| it + 1);
        Self {
            text,
            fences: text.match_indices(FENCE).map(|(at, _)| at).collect(),
            words: (first, last),
        }
    }

    /// Where the code ends that a byte is in.
    fn fence_after(&self, at: usize) -> usize {
        let next = self.fences.partition_point(|fence| *fence < at);
        self.fences.get(next).copied().unwrap_or(self.text.len())
    }

    fn candidate(&self, value: &Value, start: usize, end: usize) -> Option<Candidate> {
        let mut raws = Vec::new();
        let looks = gather(value, &mut raws);
        let alone = match value {
            Value::List(items, ending) if !looks => alone(items, *ending),
            _ => None,
        };
        let is_answer = || {
            let nothing_behind = self.words.1 <= end;
            self.is_announced(start) || nothing_behind && (alone.is_none() || self.words.0 >= start)
        };
        if !looks {
            let counts = (alone.is_some() || says_none(value)) && is_answer();
            if !counts {
                return None;
            }
            raws.extend(alone);
        }
        Some(Candidate {
            strict: is_as_asked(self.text.get(start..end).unwrap_or_default()),
            cut: !is_closed(value),
            is_single: matches!(value, Value::Object(..)),
            raws,
            start,
            end,
        })
    }

    /// Whether a byte stands behind an opening code fence, `Answer:` or `Box:`.
    fn is_announced(&self, at: usize) -> bool {
        let before = self.text[..at].trim_end();
        let fenced = before
            .strip_suffix("json")
            .or_else(|| before.strip_suffix("JSON"));
        if fenced.unwrap_or(before).ends_with(FENCE) {
            return true;
        }
        let colon = |c: char| c.is_whitespace() || ":：*_\"'".contains(c);
        let words = before.trim_end_matches(colon);
        if !before[words.len()..].contains([':', '：']) {
            return false;
        }
        let tail: Vec<char> = words.chars().rev().take(12).collect();
        let tail: String = tail.into_iter().rev().collect();
        let tail = tail.to_lowercase();
        ANNOUNCING.iter().any(|word| tail.ends_with(word))
    }

    /// Whether two single objects are entries of one list.
    fn go_together(&self, before: &Candidate, after: &Candidate) -> bool {
        let between = self.text.get(before.end..after.start).unwrap_or_default();
        let separates = |c: char| c.is_whitespace() || ",;，；".contains(c);
        before.is_single && after.is_single && between.chars().all(separates)
    }
}

/// Whether a text is JSON of the form `[{"box_2d": [1, 2, 3, 4], "label": "…"}]`.
fn is_as_asked(text: &str) -> bool {
    let Ok(serde_json::Value::Array(entries)) = serde_json::from_str(text) else {
        return false;
    };
    entries.iter().all(|entry| {
        let place = entry.get("box_2d").and_then(|it| it.as_array());
        let is_place =
            place.is_some_and(|it| it.len() == 4 && it.iter().all(serde_json::Value::is_number));
        is_place && entry.get("label").is_some_and(serde_json::Value::is_string)
    })
}

/// Whether every list and object in a value has its bracket.
fn is_closed(value: &Value) -> bool {
    match value {
        Value::List(items, end) => *end == End::Closed && items.iter().all(is_closed),
        Value::Object(pairs, end) => {
            *end == End::Closed && pairs.iter().all(|(_, value)| is_closed(value))
        }
        Value::Number(_) | Value::Text(_) | Value::Other => true,
    }
}

/// `[]`, or an object in which a list is empty: there is nothing to box.
fn says_none(value: &Value) -> bool {
    match value {
        Value::List(items, End::Closed) => items.is_empty(),
        Value::Object(pairs, End::Closed) => match pairs.as_slice() {
            [(_, Value::List(items, End::Closed))] => items.is_empty(),
            _ => false,
        },
        _ => false,
    }
}

/// Four numbers alone.
fn alone(items: &[Value], ending: End) -> Option<Raw> {
    let numbers = numbers(items)?;
    let place = <[f64; 4]>::try_from(numbers).ok()?;
    (ending == End::Closed).then_some(Raw {
        label: String::new(),
        place: Ok(place),
    })
}

/// Gathers the boxes of a value; whether it looks like boxes at all.
fn gather(value: &Value, raws: &mut Vec<Raw>) -> bool {
    match value {
        Value::Object(pairs, _) => of_object(pairs, raws),
        Value::List(items, _) => {
            let mut lists = items.iter().filter_map(as_numbers);
            let mut looks = lists.any(|it| it.len() == 4);
            let bare = looks;
            for item in items {
                if bare && as_numbers(item).is_some() {
                    raws.extend(places(item).into_iter().map(unlabelled));
                } else {
                    looks |= gather(item, raws);
                }
            }
            looks
        }
        Value::Number(_) | Value::Text(_) | Value::Other => false,
    }
}

fn unlabelled(place: Result<[f64; 4], String>) -> Raw {
    Raw {
        label: String::new(),
        place,
    }
}

fn of_object(pairs: &[(String, Value)], raws: &mut Vec<Raw>) -> bool {
    let label = label_of(pairs);
    let boxes = pairs
        .iter()
        .filter(|(key, _)| BOX_KEYS.contains(&key.as_str()));
    let mut looks = false;
    for (_, value) in boxes {
        let places = places(value);
        looks = true;
        raws.extend(places.into_iter().map(|place| Raw {
            label: label.clone(),
            place,
        }));
    }
    if looks {
        return true;
    }
    if let Some(place) = corners(pairs) {
        raws.push(Raw {
            label,
            place: Ok(place),
        });
        return true;
    }
    // {"right lung": [..], "left lung": [..]}
    let is_box = |value: &Value| as_numbers(value).is_some_and(|it| it.len() == 4);
    if !pairs.is_empty() && pairs.iter().all(|(_, value)| is_box(value)) {
        for (key, value) in pairs {
            let label = key.replace('_', " ");
            raws.extend(places(value).into_iter().map(|place| Raw {
                label: label.clone(),
                place,
            }));
        }
        return true;
    }
    let first = raws.len();
    for (_, value) in pairs {
        looks |= gather(value, raws);
    }
    name_all(&mut raws[first..], pairs);
    looks
}

/// Labels that stand in a list beside the boxes: `{"boxes": [[..], [..]], "labels": ["a", "b"]}`.
fn name_all(raws: &mut [Raw], pairs: &[(String, Value)]) {
    let names = ["labels", "names", "classes"];
    let found = pairs.iter().find(|(key, _)| names.contains(&key.as_str()));
    if let Some((_, Value::List(labels, _))) = found
        && labels.len() == raws.len()
        && raws.iter().all(|raw| raw.label.is_empty())
    {
        for (raw, label) in raws.iter_mut().zip(labels) {
            raw.label = text_of(label).unwrap_or_default();
        }
    }
}

fn label_of(pairs: &[(String, Value)]) -> String {
    let found = LABEL_KEYS.iter().find_map(|wanted| {
        let (_, value) = pairs.iter().find(|(key, _)| key == wanted)?;
        text_of(value)
    });
    found.unwrap_or_default()
}

/// A label's text.
fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::Text(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// The boxes that stand behind a key for a box: one, or several in a list; never none.
fn places(value: &Value) -> Vec<Result<[f64; 4], String>> {
    match value {
        Value::List(items, ending) => {
            let points: Option<Vec<Vec<f64>>> = items.iter().map(as_numbers).collect();
            match points {
                Some(points) if points.len() == 2 && points.iter().all(|it| it.len() == 2) => {
                    vec![four(points.concat())]
                }
                Some(points) if !points.is_empty() => items.iter().flat_map(places).collect(),
                _ => vec![of_list(items, *ending)],
            }
        }
        Value::Object(pairs, _) => match corners(pairs) {
            Some(place) => vec![Ok(place)],
            None => vec![Err("has no corners by a name that is known".to_owned())],
        },
        Value::Text(text) => {
            let word = |c: char| c.is_ascii_alphanumeric() || "+-.".contains(c);
            let numbers = text
                .split(|c| !word(c))
                .filter(|it| !it.is_empty())
                .take(8)
                .map(number);
            vec![match numbers.collect::<Option<Vec<f64>>>() {
                Some(numbers) => four(numbers),
                None => Err("has words where a box has four numbers".to_owned()),
            }]
        }
        Value::Number(_) => vec![Err("has one number where a box has four".to_owned())],
        Value::Other => vec![Err("has nothing where a box has four numbers".to_owned())],
    }
}

/// A list as a box. One that is not closed is a box when something stands behind its fourth number.
fn of_list(items: &[Value], ending: End) -> Result<[f64; 4], String> {
    let leading = items.iter().map_while(as_number).collect::<Vec<f64>>();
    if ending == End::Cut && leading.len() <= 4 && leading.len() == items.len() {
        return Err("breaks off in the middle".to_owned());
    }
    if ending == End::Closed && leading.len() < items.len() {
        return Err("has something else among its numbers".to_owned());
    }
    four(leading)
}

fn four(numbers: Vec<f64>) -> Result<[f64; 4], String> {
    <[f64; 4]>::try_from(numbers).map_err(|numbers| match numbers.len() {
        0 => "has no number where a box has four".to_owned(),
        1 => "has one number where a box has four".to_owned(),
        n => format!("has {n} numbers where a box has four"),
    })
}

fn corners(pairs: &[(String, Value)]) -> Option<[f64; 4]> {
    CORNERS.iter().find_map(|names| {
        let mut place = [0.0; 4];
        for (slot, name) in place.iter_mut().zip(names) {
            let (_, value) = pairs.iter().find(|(key, _)| key == name)?;
            *slot = as_number(value)?;
        }
        Some(place)
    })
}

/// A list as numbers, when it is one and has nothing else.
fn as_numbers(value: &Value) -> Option<Vec<f64>> {
    match value {
        Value::List(items, _) => numbers(items),
        _ => None,
    }
}

fn numbers(items: &[Value]) -> Option<Vec<f64>> {
    items.iter().map(as_number).collect()
}

/// A number, or a text that is one.
fn as_number(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => Some(*number),
        Value::Text(text) => number(text.trim()),
        _ => None,
    }
}
