//! A deterministic test engine: text to tones, with seeded delays and faults that a test orders.
