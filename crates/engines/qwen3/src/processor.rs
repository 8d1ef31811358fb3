//! What this machine has for computing, and how much of it this process may use.

use serde::Serialize;

use crate::kernels::Isa;

/// The processors of this process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Processor {
    /// The instruction set of the kernels: `avx512`, `avx2`, `neon` or `portable`.
    pub instructions: &'static str,
    /// The processors that the process may run on, by its affinity mask.
    pub processors: usize,
    /// The threads that an engine has by default: one for each processor, or fewer where the quota
    /// of the cgroup (version 1 or 2) is smaller. The quota is rounded down, to at least 1.
    pub threads: usize,
}

impl Processor {
    /// Of this process.
    pub fn of_process() -> Self {
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        Self {
            instructions: Isa::best().as_str(),
            processors: by_affinity().unwrap_or(threads),
            threads,
        }
    }
}

#[cfg(target_os = "linux")]
fn by_affinity() -> Option<usize> {
    let set = rustix::thread::sched_getaffinity(None).ok()?;
    Some(set.count() as usize)
}

#[cfg(not(target_os = "linux"))]
fn by_affinity() -> Option<usize> {
    None
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

    use super::*;

    #[test]
    fn threads_follow_the_affinity_mask() {
        let all = sched_getaffinity(None).expect("a mask");
        let first = (0..CpuSet::MAX_CPU).find(|cpu| all.is_set(*cpu));
        let mut one = CpuSet::new();
        one.set(first.expect("a processor"));
        // The mask of this thread alone.
        sched_setaffinity(None, &one).expect("a processor of the mask");
        let processor = Processor::of_process();
        assert_eq!((processor.processors, processor.threads), (1, 1));
    }
}
