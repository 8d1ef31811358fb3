//! English speech by flite, opened at first use.
