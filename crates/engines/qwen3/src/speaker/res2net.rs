//! A convolution in groups, each of which also takes the output of the group before: receptive
//! fields of many sizes in one layer (Gao et al. 2019, <https://arxiv.org/abs/1904.01169>).

use crate::Qwen3Error;
use crate::kernels::ThreadPool;
use crate::weights::Loader;

use super::convolution::Convolution;
use super::relu;

/// The first group is unchanged; y₁ = f₀(x₁), yᵢ = fᵢ₋₁(xᵢ + yᵢ₋₁).
#[derive(Debug)]
pub(super) struct Res2Net {
    width: usize,
    groups: Vec<Convolution>,
}

impl Res2Net {
    /// Reads `{name}.blocks.{0…}.conv`, one fewer than there are groups.
    pub(super) fn load(
        loader: &Loader<'_>,
        name: &str,
        width: usize,
        groups: usize,
        kernel: usize,
        dilation: usize,
    ) -> Result<Self, Qwen3Error> {
        let group = width / groups;
        let load = |number: usize| {
            let name = format!("{name}.blocks.{number}.conv");
            Convolution::load(loader, &name, group, group, kernel, dilation)
        };
        Ok(Self {
            width,
            groups: (0..groups - 1)
                .map(load)
                .collect::<Result<_, Qwen3Error>>()?,
        })
    }

    /// Applies the layer to all rows, in place.
    pub(super) fn forward(&self, pool: &ThreadPool, rows: &mut [f32]) {
        let width = self.width;
        let group = width / (self.groups.len() + 1);
        for (number, convolution) in self.groups.iter().enumerate() {
            let from = (number + 1) * group;
            let before = &*rows;
            let mut output = convolution.forward_with(pool, rows.len() / width, &|row, out| {
                let row = &before[row * width..][..width];
                out.copy_from_slice(&row[from..from + group]);
                if number > 0 {
                    for (out, x) in out.iter_mut().zip(&row[from - group..from]) {
                        *out += x;
                    }
                }
            });
            relu(&mut output);
            for (row, output) in rows.chunks_exact_mut(width).zip(output.chunks_exact(group)) {
                row[from..from + group].copy_from_slice(output);
            }
        }
    }
}
