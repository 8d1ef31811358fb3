//! The metrics of the pipeline's processes, for buses that can't be read from outside.
//! Their histograms have bounds, so that a percentile is the bound above it.

use std::collections::BTreeMap;

use anyhow::Context;

use super::quantiles::Quantiles;

const HISTOGRAMS: [(&str, &str); 2] = [
    ("hop", "mynah_pipeline_hop_seconds_bucket{"),
    ("work", "mynah_pipeline_work_seconds_bucket{"),
];

/// Counts by what and stage, then by bound in microseconds; none is without bound.
type Counts = BTreeMap<(String, &'static str), BTreeMap<u64, u64>>;

const UNBOUNDED: u64 = u64::MAX;

/// What all of them have counted so far.
pub(super) async fn all(addresses: &[String]) -> anyhow::Result<Counts> {
    let mut counts = Counts::new();
    for address in addresses {
        let url = format!("{}/metrics", address.trim_end_matches('/'));
        let answer = reqwest::get(&url)
            .await
            .and_then(reqwest::Response::error_for_status);
        let text = answer
            .with_context(|| format!("{url} can't be read"))?
            .text()
            .await?;
        add(&mut counts, &text);
    }
    Ok(counts)
}

fn add(counts: &mut Counts, text: &str) {
    for line in text.lines() {
        for (what, prefix) in HISTOGRAMS {
            let Some(rest) = line.strip_prefix(prefix) else {
                continue;
            };
            let Some((labels, count)) = rest.split_once("} ") else {
                continue;
            };
            let label = |name: &str| {
                let from = labels.split(name).nth(1)?;
                from.strip_prefix("=\"")?.split('"').next()
            };
            let (Some(stage), Some(bound)) = (label("stage"), label("le")) else {
                continue;
            };
            let bound = match bound.parse::<f64>() {
                Ok(seconds) if seconds.is_finite() => (seconds * 1e6).round() as u64,
                _ => UNBOUNDED,
            };
            let count: u64 = count.trim().parse().unwrap_or_default();
            let histogram = counts.entry((stage.to_owned(), what)).or_default();
            *histogram.entry(bound).or_default() += count;
        }
    }
}

/// What came between, by name.
pub(super) fn between(before: &Counts, after: &Counts) -> Vec<(String, Quantiles)> {
    let none = BTreeMap::new();
    let mut rows = Vec::new();
    for ((stage, what), histogram) in after {
        let earlier = before.get(&(stage.clone(), *what)).unwrap_or(&none);
        let since = histogram
            .iter()
            .map(|(bound, count)| (*bound, count - earlier.get(bound).copied().unwrap_or(0)));
        if let Some(quantiles) = quantiles(&since.collect::<Vec<_>>()) {
            rows.push((format!("{stage} {what}"), quantiles));
        }
    }
    rows
}

/// Of counts that add up, by rising bounds.
fn quantiles(cumulative: &[(u64, u64)]) -> Option<Quantiles> {
    let total = cumulative.last()?.1;
    if total == 0 {
        return None;
    }
    let under = |share: f64| {
        let rank = (share * total as f64).ceil() as u64;
        let bound = cumulative.iter().find(|(_, count)| *count >= rank);
        match bound {
            Some((bound, _)) if *bound != UNBOUNDED => *bound as f64 / 1e3,
            _ => f64::INFINITY,
        }
    };
    Some(Quantiles {
        count: total as usize,
        p50: under(0.5),
        p95: under(0.95),
        p99: under(0.99),
        max: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentile_is_the_bound_above_it() {
        let text = |ten: u64| {
            format!(
                "# TYPE mynah_pipeline_hop_seconds histogram\n\
                 mynah_pipeline_hop_seconds_bucket{{stage=\"asr\",le=\"0.001\"}} 1\n\
                 mynah_pipeline_hop_seconds_bucket{{stage=\"asr\",le=\"0.0025\"}} {ten}\n\
                 mynah_pipeline_hop_seconds_bucket{{stage=\"asr\",le=\"+Inf\"}} 11\n"
            )
        };
        let (mut before, mut after) = (Counts::new(), Counts::new());
        add(&mut before, "");
        add(&mut after, &text(10));
        let rows = between(&before, &after);
        assert_eq!(rows[0].0, "asr hop");
        assert_eq!((rows[0].1.count, rows[0].1.p50), (11, 2.5));
        assert!(rows[0].1.p95.is_infinite());
        assert!(between(&after, &after).is_empty());
    }
}
