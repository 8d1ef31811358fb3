//! English recognition by PocketSphinx, opened at first use.
