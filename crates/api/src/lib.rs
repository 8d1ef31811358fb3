//! The one typed definition of the HTTP and WebSocket interfaces.
