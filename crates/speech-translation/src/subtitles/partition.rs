//! The cheapest way to cut a row of things into groups.

/// Cuts `0..count` into groups of things side by side, so that the costs of the groups have the
/// minimum sum. Returns the groups' ends.
///
/// `cost` of the things from the first to before the second number is none for a group that may
/// not be; then no longer one that begins there may be either. One thing alone always may.
pub(super) fn cheapest(count: usize, cost: impl Fn(usize, usize) -> Option<f64>) -> Vec<usize> {
    // The minimum cost of all items before an index, and where the last group before it begins.
    let mut best = vec![(f64::INFINITY, 0); count + 1];
    best[0].0 = 0.0;
    for start in 0..count {
        let before = best[start].0;
        for (end, minimum) in best.iter_mut().enumerate().skip(start + 1) {
            let Some(own) = cost(start, end) else { break };
            if before + own < minimum.0 {
                *minimum = (before + own, start);
            }
        }
    }
    let mut ends = Vec::new();
    let mut end = count;
    while end > 0 {
        ends.push(end);
        end = best[end].1;
    }
    ends.reverse();
    ends
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_have_the_least_cost_in_all() {
        let square = |start: usize, end: usize| {
            (end - start <= 3).then(|| (3.0 - (end - start) as f64).powi(2))
        };
        assert_eq!(cheapest(0, square), Vec::<usize>::new());
        assert_eq!(cheapest(6, square), [3, 6]);
        assert_eq!(cheapest(4, square).len(), 2);
        assert_eq!(
            cheapest(2, |start, end| (end == start + 1).then_some(1.0)),
            [1, 2]
        );
    }
}
