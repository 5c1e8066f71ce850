//! Questions that were sent while the model answers in, the next one out, when it has done; they can be changed and taken away.

/// Questions that wait.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Queue {
    waiting: Vec<String>,
    /// The one that keys are about.
    at: Option<usize>,
    /// Whether they wait for a key: somebody stopped the answer before them.
    pub is_held: bool,
}

impl Queue {
    /// Those that wait, the next first.
    pub fn waiting(&self) -> &[String] {
        &self.waiting
    }

    /// The one that keys are about.
    pub fn at(&self) -> Option<usize> {
        self.at
    }

    /// One more.
    pub fn add(&mut self, text: String) {
        self.waiting.push(text);
    }

    /// The next to be asked, unless they are held.
    pub fn release(&mut self) -> Option<String> {
        (!self.is_held && !self.waiting.is_empty()).then(|| {
            self.at = self.at.and_then(|it| it.checked_sub(1));
            self.waiting.remove(0)
        })
    }

    /// Chooses the one above, or the last.
    pub fn up(&mut self) {
        self.at = match self.at {
            Some(at) => Some(at.saturating_sub(1)),
            None => self.waiting.len().checked_sub(1),
        };
    }

    /// Chooses the one below; after the last, none.
    pub fn down(&mut self) {
        self.at = self
            .at
            .map(|it| it + 1)
            .filter(|it| *it < self.waiting.len());
    }

    /// Chooses none; whether one was chosen.
    pub fn leave(&mut self) -> bool {
        self.at.take().is_some()
    }

    /// Takes the chosen one out.
    pub fn take(&mut self) -> Option<String> {
        let at = self.at.take().filter(|it| *it < self.waiting.len())?;
        let text = self.waiting.remove(at);
        self.is_held &= !self.waiting.is_empty();
        Some(text)
    }
}
