//! A block: mixed within moments, convolved in groups, mixed again, weighed by what the whole
//! recording is like, and added to what went in.

use crate::Result;
use crate::config::SpeakerEncoderConfig;
use crate::kernels::Team;
use crate::weights::Loader;

use super::convolution::Convolution;
use super::res2net::Res2Net;
use super::{mean, relu, sigmoid};

/// An SE-Res2Net block.
#[derive(Debug)]
pub(super) struct Block {
    first: Convolution,
    groups: Res2Net,
    second: Convolution,
    /// Squeeze and excitation: from the mean of all moments to a weight for each channel.
    squeeze: Convolution,
    excite: Convolution,
}

impl Block {
    /// Reads the block of a stage under `name`.
    pub(super) fn load(
        loader: &Loader<'_>,
        name: &str,
        config: &SpeakerEncoderConfig,
        stage: usize,
    ) -> Result<Self> {
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

    /// Passes rows, in place.
    pub(super) fn forward(&self, team: &Team, rows: &mut [f32]) {
        let width = self.second.rows();
        let mut made = self.first.forward(team, rows);
        relu(&mut made);
        self.groups.forward(team, &mut made);
        let mut made = self.second.forward(team, &made);
        relu(&mut made);
        let mut inner = self.squeeze.forward(team, &mean(&made, width));
        relu(&mut inner);
        let mut weights = self.excite.forward(team, &inner);
        sigmoid(&mut weights);
        for (row, made) in rows.chunks_exact_mut(width).zip(made.chunks_exact(width)) {
            for ((x, made), weight) in row.iter_mut().zip(made).zip(&weights) {
                *x += made * weight;
            }
        }
    }
}
