//! Two boxes in, how much they overlap out; boxes and true boxes in, which is which out.

/// How much two boxes overlap: their common area over the area of both together, 0 to 1.
///
/// Boxes are top, left, bottom, right, in any one unit; the corners may be either way round. Boxes without area, or
/// with a number that is not finite, overlap with nothing.
///
/// Source: P. Jaccard, *Étude comparative de la distribution florale*, 1901.
pub fn iou(a: [f64; 4], b: [f64; 4]) -> f64 {
    let (a, b) = (upright(a), upright(b));
    let side = |low: f64, high: f64| (high - low).max(0.0);
    let area = |[top, left, bottom, right]: [f64; 4]| side(top, bottom) * side(left, right);
    let common = area([
        a[0].max(b[0]),
        a[1].max(b[1]),
        a[2].min(b[2]),
        a[3].min(b[3]),
    ]);
    let share = common / (area(a) + area(b) - common);
    if share.is_finite() && a.iter().chain(&b).all(|it| it.is_finite()) {
        share.clamp(0.0, 1.0)
    } else {
        0.0
    }
}

fn upright([top, left, bottom, right]: [f64; 4]) -> [f64; 4] {
    [
        top.min(bottom),
        left.min(right),
        top.max(bottom),
        left.max(right),
    ]
}

/// Which boxes may go together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Labels {
    /// Those with the same label. Letter case, and blanks, `_` and `-` between words, do not count.
    Same,
    /// Any two.
    Any,
}

/// A predicted and a true box that go together.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pair {
    /// Index of the predicted box.
    pub predicted: usize,
    /// Index of the true box.
    pub truth: usize,
    /// How much they overlap, above 0.
    pub iou: f64,
}

/// Which boxes go together.
#[derive(Debug, Clone, PartialEq)]
pub struct Matching {
    /// The pairs, by true box.
    pub pairs: Vec<Pair>,
    /// True boxes without a partner.
    pub missed: Vec<usize>,
    /// Predicted boxes without a partner.
    pub extra: Vec<usize>,
}

impl Matching {
    /// The mean overlap over the true boxes, those without a partner counting 0. Predicted boxes too many do not
    /// count: see [`Self::f1`]. `None` without true boxes.
    pub fn mean_iou(&self) -> Option<f64> {
        let truths = self.pairs.len() + self.missed.len();
        let sum: f64 = self.pairs.iter().map(|pair| pair.iou).sum();
        (truths > 0).then(|| sum / truths as f64)
    }

    /// The F1 score, a pair counting as found from this overlap on (0.5 is usual): 2 · found / (predicted + true).
    /// `None` when there is neither a predicted nor a true box.
    pub fn f1(&self, from: f64) -> Option<f64> {
        let boxes = 2 * self.pairs.len() + self.missed.len() + self.extra.len();
        let found = self.pairs.iter().filter(|pair| pair.iou >= from).count();
        (boxes > 0).then(|| 2.0 * found as f64 / boxes as f64)
    }
}

/// The matching of predicted and true boxes, each with its label, that has the greatest sum of overlaps; boxes that
/// do not overlap do not go together.
///
/// Source: H. W. Kuhn, *The Hungarian method for the assignment problem*, 1955, by shortest augmenting paths. Takes
/// time by the square of the smaller number times the greater one, in each group of labels.
pub fn match_boxes(
    predicted: &[(&str, [f64; 4])],
    truth: &[(&str, [f64; 4])],
    labels: Labels,
) -> Matching {
    let plain = |boxes: &[(&str, [f64; 4])]| -> Vec<String> {
        let label = |it: &(&str, [f64; 4])| match labels {
            Labels::Same => plain(it.0),
            Labels::Any => String::new(),
        };
        boxes.iter().map(label).collect()
    };
    let (of_predicted, of_truth) = (plain(predicted), plain(truth));
    let mut groups: Vec<&String> = of_truth.iter().collect();
    groups.sort();
    groups.dedup();
    let mut pairs = Vec::new();
    for group in groups {
        let with = |labels: &[String]| -> Vec<usize> {
            let indices = labels.iter().enumerate().filter(|(_, it)| *it == group);
            indices.map(|(index, _)| index).collect()
        };
        let (ours, theirs) = (with(&of_predicted), with(&of_truth));
        let gain = |row: usize, column: usize| iou(predicted[ours[row]].1, truth[theirs[column]].1);
        let gains: Vec<Vec<f64>> = (0..ours.len())
            .map(|row| (0..theirs.len()).map(|column| gain(row, column)).collect())
            .collect();
        let chosen = assign(&gains);
        pairs.extend(chosen.into_iter().map(|(row, column)| Pair {
            predicted: ours[row],
            truth: theirs[column],
            iou: gains[row][column],
        }));
    }
    pairs.retain(|pair| pair.iou > 0.0);
    pairs.sort_by_key(|pair| pair.truth);
    let free = |count: usize, taken: &dyn Fn(usize) -> bool| -> Vec<usize> {
        (0..count).filter(|index| !taken(*index)).collect()
    };
    Matching {
        missed: free(truth.len(), &|it| pairs.iter().any(|pair| pair.truth == it)),
        extra: free(predicted.len(), &|it| {
            pairs.iter().any(|pair| pair.predicted == it)
        }),
        pairs,
    }
}

/// A label as it is compared.
fn plain(label: &str) -> String {
    let lower = label.to_lowercase().replace(['_', '-'], " ");
    lower.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Rows and columns that go together so that the sum of gains is greatest.
fn assign(gains: &[Vec<f64>]) -> Vec<(usize, usize)> {
    let (rows, columns) = (gains.len(), gains.first().map_or(0, Vec::len));
    if rows > columns {
        let turned: Vec<Vec<f64>> = (0..columns)
            .map(|column| gains.iter().map(|row| row[column]).collect())
            .collect();
        let pairs = assign(&turned).into_iter();
        return pairs.map(|(column, row)| (row, column)).collect();
    }
    let mut matching = Assignment::new(rows, columns);
    for row in 0..rows {
        matching.place(row, gains);
    }
    let owners = matching.owner.into_iter().enumerate().skip(1);
    owners
        .filter(|(_, row)| *row > 0)
        .map(|(column, row)| (row - 1, column - 1))
        .collect()
}

/// The assignment of the rows so far. Rows and columns are counted from 1; column 0 is where a new row begins.
struct Assignment {
    of_row: Vec<f64>,
    of_column: Vec<f64>,
    /// The row that has a column, 0 for none.
    owner: Vec<usize>,
}

impl Assignment {
    fn new(rows: usize, columns: usize) -> Self {
        Self {
            of_row: vec![0.0; rows + 1],
            of_column: vec![0.0; columns + 1],
            owner: vec![0; columns + 1],
        }
    }

    /// Gives one more row a column, moving others where that gains more.
    fn place(&mut self, row: usize, gains: &[Vec<f64>]) {
        let columns = self.owner.len();
        let mut path = Path {
            least: vec![f64::INFINITY; columns],
            way: vec![0; columns],
            seen: vec![false; columns],
        };
        self.owner[0] = row + 1;
        let mut here = 0;
        while self.owner[here] > 0 {
            path.seen[here] = true;
            let (step, next) = self.cheapest(here, gains, &mut path);
            self.pay(step, &mut path);
            here = next;
        }
        while here > 0 {
            self.owner[here] = self.owner[path.way[here]];
            here = path.way[here];
        }
    }

    /// The column that is cheapest to reach, and what it costs beyond what was paid.
    fn cheapest(&self, here: usize, gains: &[Vec<f64>], path: &mut Path) -> (f64, usize) {
        let row = self.owner[here];
        let (mut step, mut next) = (f64::INFINITY, 0);
        for column in (1..self.owner.len()).filter(|it| !path.seen[*it]) {
            let gain = gains[row - 1][column - 1];
            let cost = -gain - self.of_row[row] - self.of_column[column];
            if cost < path.least[column] {
                (path.least[column], path.way[column]) = (cost, here);
            }
            if path.least[column] < step {
                (step, next) = (path.least[column], column);
            }
        }
        (step, next)
    }

    /// Takes a step off what the columns that were not reached cost.
    fn pay(&mut self, step: f64, path: &mut Path) {
        for (column, seen) in path.seen.iter().enumerate() {
            if *seen {
                self.of_row[self.owner[column]] += step;
                self.of_column[column] -= step;
            } else {
                path.least[column] -= step;
            }
        }
    }
}

/// The way from a new row to a free column.
struct Path {
    /// What each column costs to reach.
    least: Vec<f64>,
    /// The column before it on the way.
    way: Vec<usize>,
    /// Those that were reached.
    seen: Vec<bool>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::boxes::tests::{ONE, Place, TWO};
    use crate::experiment::interval::Random;

    #[test]
    fn overlap_is_the_common_share() {
        let check = |a: Place, b: Place, share: f64| {
            for found in [iou(a, b), iou(b, a)] {
                assert!((found - share).abs() < 1e-12, "{a:?} {b:?}: {found}");
            }
        };
        check(ONE, ONE, 1.0);
        check(ONE, TWO, 0.0);
        check([0.0, 0.0, 10.0, 10.0], [0.0, 5.0, 10.0, 15.0], 1.0 / 3.0);
        check([0.0, 0.0, 10.0, 10.0], [5.0, 5.0, 15.0, 15.0], 25.0 / 175.0);
        check([0.0, 0.0, 10.0, 10.0], [2.0, 2.0, 4.0, 4.0], 0.04);
        check([0.0, 0.0, 10.0, 10.0], [10.0, 0.0, 20.0, 10.0], 0.0);
        check([10.0, 10.0, 0.0, 0.0], [0.0, 0.0, 10.0, 10.0], 1.0);
        check([5.0; 4], [5.0; 4], 0.0);
        check([0.0, 0.0, f64::NAN, 10.0], [0.0, 0.0, 10.0, 10.0], 0.0);
        check([0.0, 0.0, f64::INFINITY, 10.0], [0.0, 0.0, 10.0, 10.0], 0.0);
        check([0.0, 0.0, f64::MAX, f64::MAX], [0.0, 0.0, 10.0, 10.0], 0.0);
    }

    #[track_caller]
    fn check_match(
        ours: &[(&str, Place)],
        theirs: &[(&str, Place)],
        labels: Labels,
        pairs: &[(usize, usize)],
        mean: Option<f64>,
    ) {
        let matching = match_boxes(ours, theirs, labels);
        let found: Vec<_> = matching
            .pairs
            .iter()
            .map(|it| (it.predicted, it.truth))
            .collect();
        assert_eq!(found, pairs);
        let rounded = |mean: Option<f64>| mean.map(|it| (it * 1e6).round() / 1e6);
        assert_eq!(rounded(matching.mean_iou()), rounded(mean));
        assert_eq!(matching.pairs.len() + matching.missed.len(), theirs.len());
        assert_eq!(matching.pairs.len() + matching.extra.len(), ours.len());
    }

    #[test]
    fn boxes_go_together_so_that_the_sum_is_greatest() {
        let wide = |left: f64, right: f64| [0.0, left, 10.0, right];
        check_match(&[], &[], Labels::Same, &[], None);
        check_match(&[("a", ONE)], &[], Labels::Same, &[], None);
        check_match(&[], &[("a", ONE)], Labels::Same, &[], Some(0.0));
        check_match(
            &[("Right_Lung", ONE), ("b", TWO)],
            &[("b", TWO), (" right  lung", ONE)],
            Labels::Same,
            &[(1, 0), (0, 1)],
            Some(1.0),
        );
        check_match(
            &[("左肺", ONE)],
            &[("右肺", ONE)],
            Labels::Same,
            &[],
            Some(0.0),
        );
        check_match(
            &[("左肺", ONE)],
            &[("右肺", ONE)],
            Labels::Any,
            &[(0, 0)],
            Some(1.0),
        );
        check_match(
            &[("a", wide(0.0, 10.0)), ("a", wide(12.0, 22.0))],
            &[("a", wide(2.0, 12.0)), ("a", wide(-6.0, 4.0))],
            Labels::Same,
            &[(0, 0)],
            Some(8.0 / 12.0 / 2.0),
        );
        // the best pair first (9 of 11) would leave the worst (2 of 18)
        check_match(
            &[("a", wide(0.0, 10.0)), ("a", wide(5.0, 15.0))],
            &[("a", wide(4.0, 14.0)), ("a", wide(8.0, 18.0))],
            Labels::Same,
            &[(0, 0), (1, 1)],
            Some(f64::midpoint(6.0 / 14.0, 7.0 / 13.0)),
        );
    }

    /// The greatest sum of overlaps, by trying everything.
    fn best(ours: &[(&str, Place)], theirs: &[(&str, Place)]) -> f64 {
        let Some((first, rest)) = ours.split_first() else {
            return 0.0;
        };
        let mut most = best(rest, theirs);
        for index in 0..theirs.len() {
            let mut left = theirs.to_vec();
            let taken = left.remove(index);
            most = most.max(iou(first.1, taken.1) + best(rest, &left));
        }
        most
    }

    fn some_boxes(seeded: &mut Random) -> Vec<(&'static str, Place)> {
        let count = seeded.below(6);
        let one = |_| ("a", [(); 4].map(|()| seeded.below(12) as f64));
        (0..count).map(one).collect()
    }

    #[test]
    fn the_assignment_is_as_good_as_trying_all() {
        let mut seeded = Random::new(7);
        for _ in 0..400 {
            let (ours, theirs) = (some_boxes(&mut seeded), some_boxes(&mut seeded));
            let found = match_boxes(&ours, &theirs, Labels::Same);
            let sum: f64 = found.pairs.iter().map(|pair| pair.iou).sum();
            assert!((sum - best(&ours, &theirs)).abs() < 1e-9);
        }
    }

    #[test]
    fn the_f1_score_counts_pairs_from_a_threshold_on() {
        let matching = match_boxes(
            &[("a", ONE), ("b", TWO), ("c", TWO)],
            &[("a", ONE), ("b", [400.0, 22.0, 500.0, 73.0])],
            Labels::Same,
        );
        assert_eq!(matching.extra, [2]);
        let close = |found: Option<f64>, wanted: f64| (found.unwrap() - wanted).abs() < 1e-12;
        assert!(close(matching.f1(0.5), 0.8));
        assert!(close(matching.f1(0.6), 0.4));
        assert_eq!(match_boxes(&[], &[], Labels::Same).f1(0.5), None);
    }
}
