//! The limit of open files, raised to what the connections need.

use crate::event;

/// Connections reserved for health probes.
pub(crate) const MAX_RESERVED_CONNECTIONS: usize = 256;

/// Open files besides the connections of clients: files of models and keys, pipes of engines,
/// connections to brokers and stores.
const OTHER_FILES: usize = 256;

/// The numbers of connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Budget {
    pub(crate) connections: usize,
    pub(crate) reserved: usize,
}

impl Budget {
    /// The wanted number of connections, or what the limit of open files allows after it was raised
    /// as far as possible. Changes are logged.
    pub(crate) fn new(wanted: usize) -> Self {
        let needed = wanted + MAX_RESERVED_CONNECTIONS + OTHER_FILES;
        let Some(limit) = raised(needed) else {
            return Self::within(usize::MAX, wanted);
        };
        let budget = Self::within(limit, wanted);
        if budget.connections < wanted {
            tracing::warn!(
                event = event::DESCRIPTORS,
                open_files = limit,
                wanted,
                connections = budget.connections,
                "the limit of open files (ulimit -n) allows fewer connections than are set"
            );
        }
        budget
    }

    /// The connections that a limit of open files allows, of those wanted.
    fn within(limit: usize, wanted: usize) -> Self {
        let reserved = MAX_RESERVED_CONNECTIONS.min(limit / 4).max(1);
        let others = OTHER_FILES.min(limit / 4);
        let left = limit.saturating_sub(reserved + others);
        Self {
            connections: wanted.min(left).max(1),
            reserved,
        }
    }
}

/// The limit of open files, raised to `needed` if possible. None if it is unknown.
fn raised(needed: usize) -> Option<usize> {
    let (soft, hard) = rlimit::Resource::NOFILE.get().ok()?;
    let wanted = (needed as u64).min(hard);
    let limit = if soft < wanted && rlimit::Resource::NOFILE.set(wanted, hard).is_ok() {
        tracing::info!(
            event = event::DESCRIPTORS,
            before = soft,
            open_files = wanted,
            "the limit of open files was raised"
        );
        wanted
    } else {
        soft
    };
    Some(usize::try_from(limit).unwrap_or(usize::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn open_file_limit_bounds_the_connections() {
        let within = |limit, wanted| {
            let budget = Budget::within(limit, wanted);
            (budget.connections, budget.reserved)
        };
        assert_eq!(within(1_536, 1_024), (1_024, 256));
        assert_eq!(within(1_535, 1_024), (1_023, 256));
        assert_eq!(within(1_024, 1_024), (512, 256));
        assert_eq!(within(64, 1_024), (32, 16));
        assert_eq!(within(1, 1_024), (1, 1));
        assert_eq!(within(usize::MAX, 100_000), (100_000, 256));
    }
}
