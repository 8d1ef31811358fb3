//! An SE-Res2Net block: pointwise convolution, grouped convolutions, pointwise convolution, squeeze
//! and excitation, and a residual connection.

use crate::Qwen3Error;
use crate::config::SpeakerEncoderConfig;
use crate::kernels::ThreadPool;
use crate::weights::Loader;

use super::convolution::Convolution;
use super::res2net::Res2Net;
use super::{mean, relu, sigmoid};

/// An SE-Res2Net block.
#[derive(Debug)]
pub(super) struct SeRes2NetBlock {
    first: Convolution,
    groups: Res2Net,
    second: Convolution,
    /// Squeeze and excitation: from the mean over time to a weight for each channel.
    squeeze: Convolution,
    excite: Convolution,
}

impl SeRes2NetBlock {
    /// Reads the block of a stage under `name`.
    pub(super) fn load(
        loader: &Loader<'_>,
        name: &str,
        config: &SpeakerEncoderConfig,
        stage: usize,
    ) -> Result<Self, Qwen3Error> {
        let width = config.enc_channels[stage];
        let inner = config.enc_se_channels;
        let plain = |part: &str, rows, cols| {
            Convolution::load(loader, &format!("{name}.{part}"), rows, cols, 1, 1)
        };
        Ok(Self {
            first: plain("tdnn1.conv", width, width)?,
            groups: Res2Net::load(
                loader,
                &format!("{name}.res2net_block"),
                width,
                config.enc_res2net_scale,
                config.enc_kernel_sizes[stage],
                config.enc_dilations[stage],
            )?,
            second: plain("tdnn2.conv", width, width)?,
            squeeze: plain("se_block.conv1", inner, width)?,
            excite: plain("se_block.conv2", width, inner)?,
        })
    }

    /// Applies the layer to all rows, in place.
    pub(super) fn forward(&self, pool: &ThreadPool, rows: &mut [f32]) {
        let width = self.second.rows();
        let mut output = self.first.forward(pool, rows);
        relu(&mut output);
        self.groups.forward(pool, &mut output);
        let mut output = self.second.forward(pool, &output);
        relu(&mut output);
        let mut inner = self.squeeze.forward(pool, &mean(&output, width));
        relu(&mut inner);
        let mut weights = self.excite.forward(pool, &inner);
        sigmoid(&mut weights);
        for (row, output) in rows.chunks_exact_mut(width).zip(output.chunks_exact(width)) {
            for ((x, output), weight) in row.iter_mut().zip(output).zip(&weights) {
                *x += output * weight;
            }
        }
    }
}
