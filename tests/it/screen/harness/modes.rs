//! Sequences that change a terminal in, what is not as it was at the start out.

use std::collections::{BTreeMap, BTreeSet};

/// Private modes that a terminal has on before anybody asks: lines wrap, the cursor is seen.
const ON_AT_START: &[u16] = &[7, 25];

/// Everything switchable, as it stands.
#[derive(Debug, Default)]
pub(crate) struct Modes {
    private: BTreeMap<u16, bool>,
    /// Private modes that were ever switched on.
    pub(crate) ever: BTreeSet<u16>,
    /// Flags of kitty's keyboard protocol: a stack of the main screen, one of the alternate.
    keyboard: [Vec<u8>; 2],
    /// Titles put away and not taken back.
    titles: i64,
    /// 0 and 1 are a terminal's own.
    cursor_shape: u16,
    /// Synchronised updates, begun and ended.
    pub(crate) updates: [usize; 2],
    /// What no terminal should be told.
    pub(crate) faults: Vec<String>,
}

impl Modes {
    pub(crate) fn is_on(&self, mode: u16) -> bool {
        let at_start = ON_AT_START.contains(&mode);
        self.private.get(&mode).copied().unwrap_or(at_start)
    }

    /// Flags of the keyboard protocol that hold now.
    pub(crate) fn keyboard(&self) -> u8 {
        self.keyboard[self.screen()].last().copied().unwrap_or(0)
    }

    fn screen(&self) -> usize {
        usize::from(self.is_on(1049))
    }

    /// Names of everything that is not as at the start.
    pub(crate) fn left(&self) -> Vec<String> {
        let mut left: Vec<String> = (self.private.iter())
            .filter(|(mode, on)| **on != ON_AT_START.contains(*mode))
            .map(|(mode, on)| format!("mode {mode} {}", if *on { "on" } else { "off" }))
            .collect();
        let stacks = ["main", "alternate"].iter().zip(&self.keyboard);
        let pushed = stacks.filter(|it| !it.1.is_empty());
        left.extend(
            pushed.map(|(name, it)| format!("keyboard pushed {} times, {name} screen", it.len())),
        );
        if self.titles != 0 {
            left.push(format!("title stack at {:+}", self.titles));
        }
        if self.cursor_shape > 1 {
            left.push(format!("cursor shape {}", self.cursor_shape));
        }
        let [begun, ended] = self.updates;
        if begun != ended {
            left.push(format!("updates begun {begun}, ended {ended}"));
        }
        left.extend(self.faults.iter().map(|it| format!("fault: {it}")));
        left
    }

    /// Takes a CSI sequence; whether it is one about modes.
    pub(crate) fn csi(&mut self, inner: &str, last: char) -> bool {
        match (inner.as_bytes().first(), last) {
            (Some(b'?'), 'h' | 'l') => self.private(&inner[1..], last == 'h'),
            (Some(b'>'), 'u') => {
                let flags = inner[1..].parse().unwrap_or(0);
                let screen = self.screen();
                self.keyboard[screen].push(flags);
            }
            (Some(b'<'), 'u') => self.pop_keyboard(inner[1..].parse().unwrap_or(1)),
            (Some(b'='), 'u') => self.set_keyboard(inner),
            (_, 't') if inner.starts_with("22") => self.titles += 1,
            (_, 't') if inner.starts_with("23") => {
                self.titles -= 1;
                if self.titles < 0 {
                    self.faults
                        .push("a title taken back that was not put away".to_owned());
                }
            }
            (_, 'q') if inner.ends_with(' ') => {
                self.cursor_shape = inner.trim_end().parse().unwrap_or(0);
            }
            (_, 'p') if inner == "!" => *self = Self::reset(self),
            _ => return false,
        }
        true
    }

    /// A soft reset keeps what was counted.
    fn reset(&self) -> Self {
        Self {
            ever: self.ever.clone(),
            updates: self.updates,
            faults: self.faults.clone(),
            titles: self.titles,
            ..Self::default()
        }
    }

    fn private(&mut self, modes: &str, on: bool) {
        for mode in modes.split(';') {
            let Ok(mode) = mode.parse::<u16>() else {
                self.faults.push(format!("no mode: {mode:?}"));
                continue;
            };
            if mode == 2026 {
                self.update(on);
                continue;
            }
            // 47 and 1047 are older words for the alternate screen
            let mode = if matches!(mode, 47 | 1047) {
                1049
            } else {
                mode
            };
            self.private.insert(mode, on);
            if on {
                self.ever.insert(mode);
            }
        }
    }

    /// An update may be ended twice (a leave that is not sure), never begun twice.
    fn update(&mut self, begins: bool) {
        let [begun, ended] = &mut self.updates;
        match (begins, *begun - *ended) {
            (true, 0) => *begun += 1,
            (true, _) => self
                .faults
                .push("an update begun inside an update".to_owned()),
            (false, 0) => {}
            (false, _) => *ended += 1,
        }
    }

    fn pop_keyboard(&mut self, n: usize) {
        let screen = self.screen();
        let stack = &mut self.keyboard[screen];
        if n > stack.len() {
            self.faults.push("a keyboard popped too often".to_owned());
        }
        stack.truncate(stack.len().saturating_sub(n));
    }

    fn set_keyboard(&mut self, inner: &str) {
        let flags = inner[1..].split(';').next().and_then(|it| it.parse().ok());
        let screen = self.screen();
        let stack = &mut self.keyboard[screen];
        stack.pop();
        stack.push(flags.unwrap_or(0));
    }
}
