//! The WebSocket door: live interpreting.
