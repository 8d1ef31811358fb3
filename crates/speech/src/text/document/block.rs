//! Blocks: what lines make together.
//!
//! Not `CommonMark`'s: an indented paragraph is no code, `1914. The war` no list, and a line `---`
//! under a paragraph no reason to call it a heading. What each line may be is decided so that
//! prose is not harmed; `block_finder` does that.

use std::collections::HashSet;
use std::ops::Range;

use super::super::Boundary;

/// What a block is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A paragraph.
    Text,
    /// A heading, a title.
    Heading,
    /// An item of a list, with its number as it is spoken, if it has one.
    Item(Option<String>),
    /// A row of a table: its lines are its cells.
    Row,
    /// A line of code, in which no mark means anything.
    Code,
}

/// Lines that belong together.
#[derive(Clone, Debug)]
pub(super) struct Block {
    pub(super) kind: Kind,
    /// Where it begins in the input; what precedes it and follows the last one belongs to that.
    pub(super) start: usize,
    /// What its lines hold, without marks.
    pub(super) lines: Vec<Range<usize>>,
    /// What stands after it.
    pub(super) ends: Boundary,
}

/// The blocks of a text.
#[derive(Debug, Default)]
pub(super) struct Blocks {
    pub(super) list: Vec<Block>,
    /// The names of `[name]: address`, in small letters.
    pub(super) definitions: HashSet<String>,
}
