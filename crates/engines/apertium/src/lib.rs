//! Translation by Apertium, one long-lived process a direction.
