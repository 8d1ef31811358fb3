//! A measured number beside the bar that it should clear.

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
    /// What it should be, where something is promised.
    pub bar: Option<Bar>,
}

/// What a figure should be.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Bar {
    /// Not more than this.
    AtMost(f64),
    /// Exactly this.
    Exactly(f64),
}

impl Figure {
    /// A number of which nothing is promised.
    pub fn new(name: impl Into<String>, value: f64, unit: &'static str) -> Self {
        Self {
            name: name.into(),
            value,
            unit,
            bar: None,
        }
    }

    /// The same, promised to be at most this.
    #[must_use]
    pub const fn at_most(mut self, bar: f64) -> Self {
        self.bar = Some(Bar::AtMost(bar));
        self
    }

    /// The same, promised to be exactly this.
    #[must_use]
    pub const fn exactly(mut self, bar: f64) -> Self {
        self.bar = Some(Bar::Exactly(bar));
        self
    }

    /// Whether the promise holds; none where there is none.
    pub fn holds(&self) -> Option<bool> {
        self.bar.map(|bar| match bar {
            Bar::AtMost(most) => self.value <= most,
            Bar::Exactly(wanted) => (self.value - wanted).abs() < 1e-9,
        })
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
