//! How many threads compute, by what was measured.

use std::time::{Duration, Instant};

/// Steps that are measured together.
const WINDOW_STEPS: u32 = 2;

/// Windows after a change before another number of threads is tried.
const MIN_HOLD: u32 = 2;
/// The same after several trials that brought nothing.
const MAX_HOLD: u32 = 64;

/// The part of the time that a step waits for late threads before fewer are tried.
const LATE_PART: f64 = 0.2;

/// The part of the time that a trial with fewer threads has to take at most to be kept, and one with
/// more threads may take by it.
const GAIN: f64 = 0.97;

/// The pause after which all threads compute again: the other programs may have ended.
const RESET_PAUSE: Duration = Duration::from_secs(2);

/// Chooses the number of threads for the next steps. On a machine that other programs keep busy a
/// step ends when its last thread does, which may have waited for a processor; fewer threads are
/// faster then. So where threads were late, a step runs on one thread less, and stays there if that
/// was faster; from time to time one more is tried. On a machine without other work nothing is
/// late, and nothing is tried.
#[derive(Debug)]
pub(super) struct ThreadCount {
    max: usize,
    now: usize,
    /// What a step has to compute; times of different loads are not compared.
    load: usize,
    /// When the last step ended.
    ended: Option<Instant>,
    window: Window,
    trial: Option<Trial>,
    /// Windows before the next trial.
    hold: u32,
    /// The hold after a trial that brings nothing.
    next_hold: u32,
}

/// A step that was measured.
#[derive(Clone, Copy, Debug)]
pub(super) struct Step {
    /// What it had to compute.
    pub(super) load: usize,
    pub(super) started: Instant,
    pub(super) took: Duration,
    /// How long it waited for late threads.
    pub(super) late: Duration,
}

#[derive(Debug, Default)]
struct Window {
    steps: u32,
    took: Duration,
    late: Duration,
}

/// A number of threads that is tried for one window.
#[derive(Debug)]
struct Trial {
    /// The number before it.
    before: usize,
    /// The mean time of a step with that number, in seconds.
    step_seconds: f64,
}

impl ThreadCount {
    pub(super) fn new(max: usize) -> Self {
        Self {
            max,
            now: max,
            load: 0,
            ended: None,
            window: Window::default(),
            trial: None,
            hold: 0,
            next_hold: MIN_HOLD,
        }
    }

    /// The number for the next step.
    pub(super) const fn now(&self) -> usize {
        self.now
    }

    /// Records a step.
    pub(super) fn record(&mut self, step: Step) {
        let paused = |ended| step.started.saturating_duration_since(ended) > RESET_PAUSE;
        if self.ended.is_some_and(paused) {
            *self = Self::new(self.max);
        }
        self.ended = Some(step.started + step.took);
        if step.load != self.load {
            self.load = step.load;
            self.window = Window::default();
            if let Some(trial) = self.trial.take() {
                self.now = trial.before;
            }
        }
        self.window.steps += 1;
        self.window.took += step.took;
        self.window.late += step.late;
        if self.window.steps < WINDOW_STEPS {
            return;
        }
        let Window { steps, took, late } = std::mem::take(&mut self.window);
        let step_seconds = took.as_secs_f64() / f64::from(steps);
        // A quarter of many threads, one of few.
        let some = (self.now / 4).max(1);
        if let Some(trial) = self.trial.take() {
            let limit = if self.now < trial.before {
                trial.step_seconds * GAIN
            } else {
                trial.step_seconds / GAIN
            };
            if step_seconds <= limit {
                self.hold = MIN_HOLD;
                self.next_hold = MIN_HOLD;
            } else {
                self.now = trial.before;
                self.hold = self.next_hold;
                self.next_hold = (2 * self.next_hold).min(MAX_HOLD);
            }
        } else if self.hold > 0 {
            self.hold -= 1;
        } else if self.now > 1 && late > took.mul_f64(LATE_PART) {
            self.try_with(self.now - some, step_seconds);
        } else if self.now < self.max {
            self.try_with((self.now + some).min(self.max), step_seconds);
        }
    }

    fn try_with(&mut self, threads: usize, step_seconds: f64) {
        self.trial = Some(Trial {
            before: self.now,
            step_seconds,
        });
        self.now = threads;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    /// A step that follows the last one at once, or after a pause.
    fn step(count: &ThreadCount, load: usize, took: u32, late: u32, pause: Duration) -> Step {
        Step {
            load,
            started: count.ended.unwrap_or_else(Instant::now) + pause,
            took: took * MS,
            late: late * MS,
        }
    }

    /// Numbers of threads over some steps. `took` and `late` are in milliseconds, by the number.
    fn steps(
        count: &mut ThreadCount,
        steps: usize,
        took: &dyn Fn(usize) -> (u32, u32),
    ) -> Vec<usize> {
        let perform = |_| {
            let threads = count.now();
            let (took, late) = took(threads);
            count.record(step(count, 1, took, late, Duration::ZERO));
            threads
        };
        (0..steps).map(perform).collect()
    }

    #[test]
    fn nothing_is_tried_where_no_thread_is_late() {
        let mut count = ThreadCount::new(4);
        assert!(
            steps(&mut count, 100, &|_| (50, 0))
                .iter()
                .all(|threads| *threads == 4)
        );
        // A little late is usual on any machine.
        assert!(
            steps(&mut count, 100, &|_| (50, 5))
                .iter()
                .all(|threads| *threads == 4)
        );
    }

    #[test]
    fn late_threads_are_left_out_and_come_back() {
        let mut count = ThreadCount::new(2);
        let busy = |threads| if threads == 2 { (200, 100) } else { (120, 0) };
        let on_one = |numbers: &[usize]| numbers.iter().filter(|threads| **threads == 1).count();
        let numbers = steps(&mut count, 200, &busy);
        assert!(on_one(&numbers[10..]) > 160, "{numbers:?}");
        assert!(
            numbers[10..].contains(&2),
            "two are tried from time to time"
        );
        let quiet = |threads| if threads == 2 { (50, 0) } else { (90, 0) };
        let numbers = steps(&mut count, 300, &quiet);
        assert_eq!(
            on_one(&numbers[2 * MAX_HOLD as usize + 10..]),
            0,
            "{numbers:?}"
        );
    }

    #[test]
    fn fewer_threads_that_are_slower_are_given_up() {
        let mut count = ThreadCount::new(2);
        let numbers = steps(&mut count, 400, &|threads| {
            if threads == 2 { (100, 30) } else { (110, 0) }
        });
        let on_one = numbers.iter().filter(|threads| **threads == 1).count();
        assert!((2..=20).contains(&on_one), "{on_one} of 400");
    }

    #[test]
    fn another_load_is_another_measurement() {
        let mut count = ThreadCount::new(2);
        for _ in 0..2 {
            count.record(step(&count, 1, 100, 50, Duration::ZERO));
        }
        assert_eq!(count.now(), 1, "a trial");
        count.record(step(&count, 8, 400, 0, Duration::ZERO));
        assert_eq!(count.now(), 2, "the trial is void");
    }

    #[test]
    fn all_threads_compute_after_a_pause() {
        let mut count = ThreadCount::new(2);
        let busy = |threads| if threads == 2 { (200, 100) } else { (120, 0) };
        while count.now() == 2 || count.trial.is_some() {
            steps(&mut count, 1, &busy);
        }
        count.record(step(&count, 1, 120, 0, 2 * RESET_PAUSE));
        assert_eq!(count.now(), 2);
    }

    #[test]
    fn many_threads_change_by_a_quarter() {
        let mut count = ThreadCount::new(16);
        let busy = |threads: usize| if threads > 9 { (200, 100) } else { (150, 0) };
        let numbers = steps(&mut count, 12, &busy);
        assert!(numbers.contains(&12), "{numbers:?}");
    }
}
