//! The unit of work that a kernel does: a few panels times a few rows of an input.

use super::activations::PackedActivations;
use super::{Isa, LANES, Precision, avx2, avx512, neon, portable};

/// The most sums that one tile makes: panels × columns.
pub(super) const MAX_SUMS: usize = 32;

/// The most columns that one tile has.
pub(super) const MAX_COLUMNS: usize = 12;

/// One sum for each row of a panel.
pub(super) type Lanes = [f32; LANES];

/// A few panels and a few rows of the input, called columns here as they are the result's.
pub(super) struct Tile<'a> {
    /// The bytes from the first panel on.
    pub(super) panels: &'a [u8],
    /// Bytes of one panel: all its taps.
    pub(super) panel_bytes: usize,
    /// Blocks of columns in a tap.
    pub(super) blocks: usize,
    pub(super) input: &'a PackedActivations,
    /// For each tap, how many rows after a column's own its input lies.
    pub(super) offsets: &'a [usize],
    /// The input row of each column.
    pub(super) rows: [usize; MAX_COLUMNS],
}

/// Computes the sums of a tile: those of panel `p` and column `c` at `p` × columns + `c`.
///
/// # Safety
/// The instruction set is there; `panels` holds all panels of the tile; the input holds the
/// row of each column + each offset, at the same precision.
pub(super) type Kernel = unsafe fn(&Tile<'_>, &mut [Lanes; MAX_SUMS]);

/// How many panels and at most how many columns a tile has, for so many columns in all.
pub(super) const fn shape(precision: Precision, columns: usize) -> (usize, usize) {
    match (precision, columns) {
        // One column needs several panels to keep the multipliers busy.
        (_, 1) => (4, 1),
        (Precision::F32 | Precision::Bf16, _) => (2, MAX_COLUMNS),
        (Precision::Int8 | Precision::Int4, _) => (2, 4),
    }
}

/// The kernel for a tile.
///
/// # Panics
/// Where there is none of this shape; [`shape`] gives shapes that there are, and a single panel
/// goes with all column counts of those.
pub(super) fn kernel(isa: Isa, precision: Precision, panels: usize, columns: usize) -> Kernel {
    match isa {
        Isa::Avx512 => avx512::kernel(precision, panels, columns),
        Isa::Avx2 => avx2::kernel(precision, panels, columns),
        Isa::Neon => neon::kernel(precision, panels, columns),
        Isa::Portable => portable::kernel(precision, panels, columns),
    }
}

/// Picks the instance of a kernel that is generic over panels and columns.
macro_rules! instance {
    ($kernel:ident, $panels:expr, $columns:expr, float) => {
        instance!(@ $kernel, $panels, $columns,
            (4, 1), (2, 1), (2, 2), (2, 3), (2, 4), (2, 5), (2, 6), (2, 7), (2, 8), (2, 9), (2, 10),
            (2, 11), (2, 12), (1, 1), (1, 2), (1, 3), (1, 4), (1, 5), (1, 6), (1, 7), (1, 8), (1, 9),
            (1, 10), (1, 11), (1, 12))
    };
    ($kernel:ident, $panels:expr, $columns:expr, integer) => {
        instance!(@ $kernel, $panels, $columns,
            (4, 1), (2, 1), (2, 2), (2, 3), (2, 4), (1, 1), (1, 2), (1, 3), (1, 4))
    };
    (@ $kernel:ident, $panels:expr, $columns:expr, $(($p:literal, $c:literal)),*) => {
        match ($panels, $columns) {
            $(($p, $c) => $kernel::<$p, $c> as $crate::kernels::tile::Kernel,)*
            (panels, columns) => unreachable!("no kernel for {panels} × {columns}"),
        }
    };
}
pub(super) use instance;
