//! A measured number and its threshold.

use serde::Serialize;

/// A number with its unit, and what it should be.
#[derive(Clone, Debug, Serialize)]
pub struct Figure {
    /// What was measured.
    pub name: String,
    /// The number.
    pub value: f64,
    /// Its unit.
    pub unit: &'static str,
    /// Its threshold, where it has one.
    pub threshold: Option<Threshold>,
}

/// What a figure should be.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Threshold {
    /// Not more than this.
    AtMost(f64),
    /// Not less than this.
    AtLeast(f64),
    /// Exactly this.
    Exactly(f64),
}

impl Figure {
    /// A number without a threshold.
    pub fn new(name: impl Into<String>, value: f64, unit: &'static str) -> Self {
        Self {
            name: name.into(),
            value,
            unit,
            threshold: None,
        }
    }

    /// The same, with a maximum.
    #[must_use]
    pub const fn with_max(mut self, threshold: f64) -> Self {
        self.threshold = Some(Threshold::AtMost(threshold));
        self
    }

    /// The same, with a minimum.
    #[must_use]
    pub const fn with_min(mut self, threshold: f64) -> Self {
        self.threshold = Some(Threshold::AtLeast(threshold));
        self
    }

    /// The same, with an exact expected value.
    #[must_use]
    pub const fn with_expected(mut self, threshold: f64) -> Self {
        self.threshold = Some(Threshold::Exactly(threshold));
        self
    }

    /// Whether the threshold is met; none where there is none.
    pub fn holds(&self) -> Option<bool> {
        self.threshold.map(|threshold| threshold.holds(self.value))
    }
}

impl Threshold {
    /// Whether a value meets it.
    pub(crate) fn holds(self, value: f64) -> bool {
        match self {
            Self::AtMost(most) => value <= most,
            Self::AtLeast(least) => value >= least,
            Self::Exactly(wanted) => (value - wanted).abs() < 1e-9,
        }
    }
}

/// The value below which this share of the values lies, by nearest rank. NaN for no values.
pub(crate) fn percentile(values: &mut [f64], share: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    let rank = (share * values.len() as f64).ceil() as usize;
    values.get(rank.max(1) - 1).copied().unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_by_nearest_rank() {
        let mut values = [4.0, 1.0, 3.0, 2.0];
        assert_eq!(percentile(&mut values, 0.5), 2.0);
        assert_eq!(percentile(&mut values, 0.95), 4.0);
        assert!(percentile(&mut [], 0.5).is_nan());
    }
}
