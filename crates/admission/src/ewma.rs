//! An exponentially weighted moving average.

/// A moving average in which each measurement counts with a fixed weight, and earlier ones less and
/// less. It has no value before the first measurement.
#[derive(Clone, Copy, Debug)]
pub struct Ewma {
    alpha: f64,
    value: Option<f64>,
}

impl Ewma {
    /// An average without a measurement; `alpha`, 0 to 1, is the weight of the latest one.
    pub const fn new(alpha: f64) -> Self {
        Self { alpha, value: None }
    }

    /// Adds a measurement.
    pub fn record(&mut self, measured: f64) {
        let average = |value: f64| value + self.alpha * (measured - value);
        self.value = Some(self.value.map_or(measured, average));
    }

    /// The average.
    pub const fn value(&self) -> Option<f64> {
        self.value
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn later_measurements_outweigh_earlier_ones() {
        let mut ewma = Ewma::new(0.5);
        assert_eq!(ewma.value(), None);
        ewma.record(4.0);
        assert_eq!(ewma.value(), Some(4.0));
        ewma.record(8.0);
        ewma.record(8.0);
        assert_eq!(ewma.value(), Some(7.0));
    }
}
