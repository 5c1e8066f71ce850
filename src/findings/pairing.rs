//! Costs of pairing two lists in, the cheapest pairing out: which finding of one text is which of the other.

/// A cost that forbids a pair.
pub(super) const NEVER: u32 = u32::MAX;
/// Beyond this many on a side, pairs are taken in order: the cheapest pairing costs the cube.
const MANY: usize = 48;

/// The pairs `(i, j)` whose costs and those of all that is left alone are least in sum.
///
/// `alone` is the cost of leaving one unpaired. Hungarian method with potentials (Kuhn 1955; Munkres 1957), on a square
/// of `rows + columns`, in which everybody may be paired with nobody.
pub(super) fn pair(
    rows: usize,
    columns: usize,
    alone: u32,
    cost: impl Fn(usize, usize) -> u32,
) -> Vec<(usize, usize)> {
    if rows > MANY || columns > MANY {
        let both = 0..rows.min(columns);
        return both
            .map(|it| (it, it))
            .filter(|it| cost(it.0, it.1) < alone.saturating_mul(2))
            .collect();
    }
    let n = rows + columns;
    let at = |i: usize, j: usize| match (i < rows, j < columns) {
        (true, true) => cost(i, j),
        (false, false) => 0,
        _ => alone,
    };
    let mut search = Search::new(n);
    for row in 1..=n {
        search.add(row, &at);
    }
    let mut pairs: Vec<(usize, usize)> = (1..=n)
        .filter_map(|j| Some((search.row_of(j).checked_sub(1)?, j - 1)))
        .filter(|(i, j)| *i < rows && *j < columns && cost(*i, *j) < NEVER)
        .collect();
    pairs.sort_unstable();
    pairs
}

/// Rows and columns count from 1; 0 is nobody.
struct Search {
    n: usize,
    rows: Vec<i64>,
    columns: Vec<i64>,
    matched: Vec<usize>,
}

impl Search {
    fn new(n: usize) -> Self {
        Self {
            n,
            rows: vec![0; n + 1],
            columns: vec![0; n + 1],
            matched: vec![0; n + 1],
        }
    }

    fn row_of(&self, column: usize) -> usize {
        self.matched.get(column).copied().unwrap_or_default()
    }

    /// Adds a row: the shortest augmenting path from it, then the path is turned over.
    fn add(&mut self, row: usize, cost: &impl Fn(usize, usize) -> u32) {
        let n = self.n;
        self.matched[0] = row;
        let mut column = 0;
        let mut least = vec![i64::MAX; n + 1];
        let mut back = vec![0; n + 1];
        let mut done = vec![false; n + 1];
        while self.matched[column] != 0 {
            done[column] = true;
            let row = self.matched[column];
            let reduced =
                |j: usize| i64::from(cost(row - 1, j - 1)) - self.rows[row] - self.columns[j];
            let open = (1..=n).filter(|it| !done[*it]);
            for j in open
                .filter(|it| reduced(*it) < least[*it])
                .collect::<Vec<_>>()
            {
                (least[j], back[j]) = (reduced(j), column);
            }
            let open = (1..=n).filter(|it| !done[*it]);
            let next = open.min_by_key(|it| least[*it]).unwrap_or_default();
            let delta = least[next];
            for j in (0..=n).filter(|it| done[*it]) {
                self.rows[self.matched[j]] += delta;
                self.columns[j] -= delta;
            }
            for j in (1..=n).filter(|it| !done[*it]) {
                least[j] -= delta;
            }
            column = next;
        }
        while column != 0 {
            let previous = back[column];
            self.matched[column] = self.matched[previous];
            column = previous;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(costs: &[&[u32]], expected: &[(usize, usize)]) {
        let columns = costs.first().map_or(0, |it| it.len());
        let pairs = pair(costs.len(), columns, 4, |i, j| costs[i][j]);
        assert_eq!(pairs, expected);
    }

    #[test]
    fn the_sum_counts_not_the_single_pair() {
        check(&[&[1, 2], &[2, 7]], &[(0, 1), (1, 0)]);
        check(&[&[0, 5], &[5, 0]], &[(0, 0), (1, 1)]);
        check(&[&[9]], &[]);
        check(&[&[NEVER, 3]], &[(0, 1)]);
        check(&[&[3], &[1], &[2]], &[(1, 0)]);
        check(&[], &[]);
    }

    #[test]
    fn it_is_the_best_of_all_pairings() {
        let mut seed = 7_u64;
        let mut next = || {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            u32::try_from((seed >> 33) % 12).unwrap()
        };
        for _ in 0..300 {
            let costs: Vec<[u32; 3]> = (0..3).map(|_| [next(), next(), next()]).collect();
            let pairs = pair(3, 3, 4, |i, j| costs[i][j]);
            let paired: u32 = pairs.iter().map(|it| costs[it.0][it.1]).sum();
            let sum = paired + 8 * (3 - u32::try_from(pairs.len()).unwrap());
            assert_eq!(sum, best(&costs, 0, [false; 3]), "{costs:?}");
        }
    }

    /// The least sum by trying everything.
    fn best(costs: &[[u32; 3]], row: usize, used: [bool; 3]) -> u32 {
        if row == 3 {
            return 4 * u32::try_from(used.iter().filter(|it| !**it).count()).unwrap();
        }
        let mut least = 4 + best(costs, row + 1, used);
        for j in 0..3 {
            if !used[j] {
                let mut next = used;
                next[j] = true;
                least = least.min(costs[row][j] + best(costs, row + 1, next));
            }
        }
        least
    }
}
