//! Many times in a few numbers.

use serde::Serialize;

use crate::figure::percentile;

/// Percentiles by nearest rank, in milliseconds.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Quantiles {
    /// How many values.
    pub count: usize,
    /// Half are at most this.
    pub p50: f64,
    /// 95 of 100 are.
    pub p95: f64,
    /// 99 of 100 are.
    pub p99: f64,
    /// All are; none where only bounds are known.
    pub max: Option<f64>,
}

impl Quantiles {
    /// None for no values.
    pub(super) fn of(mut values: Vec<f64>) -> Option<Self> {
        let max = values.iter().copied().reduce(f64::max)?;
        Some(Self {
            count: values.len(),
            p50: percentile(&mut values, 0.5),
            p95: percentile(&mut values, 0.95),
            p99: percentile(&mut values, 0.99),
            max: Some(max),
        })
    }
}
