//! The limits of open WebSocket connections.

use mynah_admission::{ClientKey, ConcurrencyLimit, ConcurrencySlot, LimitReached};

use crate::metrics;

/// Counts the connections of one route.
#[derive(Clone, Debug)]
pub(crate) struct Connections {
    /// The label of the route in the metrics.
    route: &'static str,
    limit: ConcurrencyLimit,
    max_per_client: usize,
}

impl Connections {
    pub(crate) fn new(route: &'static str, max: usize, max_per_client: usize) -> Self {
        Self {
            route,
            limit: ConcurrencyLimit::new(max),
            max_per_client,
        }
    }

    /// A slot for one more connection, within the client's share.
    pub(crate) fn admit(&self, client: &ClientKey) -> Result<ConnectionSlot, LimitReached> {
        let slot = self.limit.try_acquire_within(client, self.max_per_client)?;
        metrics::connections(self.route, self.limit.held());
        Ok(ConnectionSlot {
            connections: self.clone(),
            slot: Some(slot),
        })
    }
}

/// A slot. Dropping it frees it.
#[derive(Debug)]
pub(crate) struct ConnectionSlot {
    connections: Connections,
    slot: Option<ConcurrencySlot>,
}

impl Drop for ConnectionSlot {
    fn drop(&mut self) {
        drop(self.slot.take());
        let Connections { route, limit, .. } = &self.connections;
        metrics::connections(route, limit.held());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_limit_holds_at_its_boundary_and_slots_are_freed() {
        let connections = Connections::new("test", 3, 2);
        let client = |name: &str| ClientKey::new(name.to_owned());
        let first = connections.admit(&client("a")).unwrap();
        let _second = connections.admit(&client("a")).unwrap();
        assert_eq!(
            connections.admit(&client("a")).unwrap_err(),
            LimitReached::Client
        );
        let third = connections.admit(&client("b")).unwrap();
        assert_eq!(
            connections.admit(&client("c")).unwrap_err(),
            LimitReached::Total
        );
        drop(third);
        assert_eq!(
            connections.admit(&client("a")).unwrap_err(),
            LimitReached::Client
        );
        drop(first);
        let _again = connections.admit(&client("a")).unwrap();
        assert_eq!(connections.limit.held(), 2);
    }

    #[test]
    fn a_key_with_a_share_leaves_connections_to_others() {
        let connections = Connections::new("test", 4, 4);
        let half = |name: &str| ClientKey::new(name.to_owned()).with_max_percent(50);
        let _held = [(); 2].map(|()| connections.admit(&half("a")).unwrap());
        assert_eq!(
            connections.admit(&half("a")).unwrap_err(),
            LimitReached::Client
        );
        assert!(connections.admit(&half("b")).is_ok());
    }
}
