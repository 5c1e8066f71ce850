//! The cells of a column in, counted as they come, its figures in one line out.

use crate::experiment::figures::{Figure, Metric};
use crate::experiment::interval::wilson;
use crate::settings::Lang;

use super::cell::{Cell, Mark};

/// What a column came to so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Tally {
    pub(super) asked: usize,
    pub(super) done: usize,
    pub(super) failed: usize,
    right: usize,
    uncertain: usize,
    marked: usize,
}

impl Tally {
    /// Counts a cell, or takes it off again.
    pub(super) fn count(&mut self, cell: &Cell, is_more: bool) {
        let done = cell.done();
        let mark = done.and_then(|it| it.mark);
        let is = |it: bool| usize::from(it);
        let counts = [
            (&mut self.asked, is(!matches!(cell, Cell::Absent))),
            (&mut self.done, is(done.is_some())),
            (&mut self.failed, is(matches!(cell, Cell::Failed(_)))),
            (&mut self.right, is(mark == Some(Mark::Right))),
            (&mut self.uncertain, is(mark == Some(Mark::Uncertain))),
            (&mut self.marked, is(mark.is_some())),
        ];
        for (count, by) in counts {
            *count = if is_more {
                *count + by
            } else {
                count.saturating_sub(by)
            };
        }
    }

    /// Accuracy with its interval (each case is asked once in a column), and what is not clear.
    pub(super) fn line(&self, lang: Lang) -> Vec<String> {
        let mut parts = Vec::new();
        if self.marked > 0 {
            let value = self.right as f64 / self.marked as f64;
            let interval = wilson(self.right, self.marked);
            parts.push(figure(
                lang.pick("accuracy", "准确率"),
                value,
                interval,
                (self.marked, lang),
            ));
        }
        if self.uncertain > 0 {
            parts.push(format!(
                "{} {}",
                lang.pick("uncertain", "不确定"),
                self.uncertain
            ));
        }
        if self.failed > 0 {
            parts.push(format!("{} {}", lang.pick("failed", "失败"), self.failed));
        }
        parts
    }
}

fn figure(
    name: &str,
    value: f64,
    interval: Option<(f64, f64)>,
    (n, lang): (usize, Lang),
) -> String {
    let interval = interval.map_or_else(String::new, |(low, high)| match lang {
        Lang::En => format!(" ({low:.2} to {high:.2})"),
        Lang::Zh => format!("（{low:.2} 至 {high:.2}）"),
    });
    let cases = match (lang, n) {
        (Lang::En, 1) => "of 1 case".to_owned(),
        (Lang::En, n) => format!("of {n} cases"),
        (Lang::Zh, n) => format!("共 {n} 例"),
    };
    format!("{name} {value:.2}{interval} {cases}")
}

/// Figures of a report in one line.
pub(super) fn report(figures: &[Figure], lang: Lang) -> Vec<String> {
    let counts = |it: &&Figure| it.metric != Metric::Unread || it.value > 0.0;
    let figures = figures.iter().filter(counts);
    figures
        .map(|it| figure(name(it.metric, lang), it.value, it.interval, (it.n, lang)))
        .collect()
}

fn name(metric: Metric, lang: Lang) -> &'static str {
    let zh = match metric {
        Metric::Accuracy => "准确率",
        Metric::BalancedAccuracy => "平衡准确率",
        Metric::Sensitivity => "敏感度",
        Metric::Specificity => "特异度",
        Metric::MacroF1 => "宏平均 F1",
        Metric::Exact => "用词相同",
        Metric::TokenF1 => "词 F1",
        Metric::Claims => "所见成立",
        Metric::Iou => "框 IoU",
        Metric::BoxF1 => "框 F1（IoU 0.5）",
        Metric::Unread => "未给出类别",
    };
    lang.pick(metric.title(), zh)
}
