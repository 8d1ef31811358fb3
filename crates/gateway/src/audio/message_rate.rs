//! How many messages came in the last second.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

const WINDOW: Duration = Duration::from_secs(1);

/// Counts messages in a window that slides.
pub(super) struct Rate {
    most: usize,
    came: VecDeque<Instant>,
}

impl Rate {
    /// At most so many in any one second; 0 does not count.
    pub(super) fn new(most: u32) -> Self {
        Self {
            most: most as usize,
            came: VecDeque::new(),
        }
    }

    /// Whether a message that comes now is one too many.
    pub(super) fn exceeded(&mut self, now: Instant) -> bool {
        if self.most == 0 {
            return false;
        }
        while self.came.front().is_some_and(|came| *came + WINDOW <= now) {
            self.came.pop_front();
        }
        if self.came.len() >= self.most {
            return true;
        }
        self.came.push_back(now);
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_window_slides() {
        let began = Instant::now();
        let after = |ms| began + Duration::from_millis(ms);
        let mut rate = Rate::new(3);
        assert!([0, 400, 800].iter().all(|ms| !rate.exceeded(after(*ms))));
        assert!(rate.exceeded(after(999)));
        assert!(!rate.exceeded(after(1_000)));
        assert!(rate.exceeded(after(1_399)));
        assert!(!rate.exceeded(after(1_400)));
        assert!((0..1_000).all(|_| !Rate::new(0).exceeded(began)));
    }
}
