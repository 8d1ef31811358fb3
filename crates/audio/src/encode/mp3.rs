//! MPEG layer III by LAME (LGPL: see the crate's README).

use std::num::NonZeroU32;

use mp3lame_encoder::{
    Bitrate, Builder, Encoder, FlushGap, Mode, MonoPcm, Quality, VbrMode, max_required_buffer_size,
};

use super::{CodecEncoder, EncodeError, Patch, Target};
use crate::tags::{Tags, id3};
use crate::{Format, SampleRate};

/// Samples given to LAME at once, which bounds the buffer that it needs.
const CHUNK: usize = 16_384;

/// A stream of constant bitrate: 96 kbit/s, or 64 at 12 kHz and below (the most that MPEG 2.5
/// has). Constant, because a player that gets a stream without an Info frame computes its length
/// and finds its way in it by the bitrate alone.
pub(super) struct Mp3 {
    lame: Encoder,
    /// Where LAME's Info frame stands, if there is one.
    info_offset: Option<u64>,
}

impl Mp3 {
    pub(super) fn new(
        rate: SampleRate,
        tags: &Tags,
        target: Target,
        header: &mut Vec<u8>,
    ) -> Result<Self, EncodeError> {
        let bitrate = if rate.hz() < 16_000 {
            Bitrate::Kbps64
        } else {
            Bitrate::Kbps96
        };
        // In a file LAME starts with a frame of zeros, which the Info frame replaces. In a stream
        // that frame could never be filled, and would be played as silence.
        let info_frame = target == Target::File;
        let mut builder = Builder::new().ok_or_else(|| failed("out of memory"))?;
        builder.set_num_channels(1).map_err(failed)?;
        builder.set_mode(Mode::Mono).map_err(failed)?;
        builder.set_sample_rate(rate.hz()).map_err(failed)?;
        builder
            .set_output_sample_rate(NonZeroU32::new(rate.hz()))
            .map_err(failed)?;
        builder.set_vbr_mode(VbrMode::Off).map_err(failed)?;
        builder.set_brate(bitrate).map_err(failed)?;
        builder.set_quality(Quality::NearBest).map_err(failed)?;
        builder.set_to_write_vbr_tag(info_frame).map_err(failed)?;
        let lame = builder.build().map_err(failed)?;
        header.extend(id3::tag(tags));
        Ok(Self {
            lame,
            info_offset: info_frame.then_some(header.len() as u64),
        })
    }
}

impl CodecEncoder for Mp3 {
    fn push(&mut self, samples: &[f32], out: &mut Vec<u8>) -> Result<(), EncodeError> {
        for chunk in samples.chunks(CHUNK) {
            out.reserve(max_required_buffer_size(chunk.len()));
            self.lame
                .encode_to_vec(MonoPcm(chunk), out)
                .map_err(failed)?;
        }
        Ok(())
    }

    fn finish(&mut self, out: &mut Vec<u8>) -> Result<Vec<Patch>, EncodeError> {
        out.reserve(max_required_buffer_size(0));
        self.lame.flush_to_vec::<FlushGap>(out).map_err(failed)?;
        let Some(offset) = self.info_offset else {
            return Ok(Vec::new());
        };
        let mut bytes = Vec::with_capacity(self.lame.lame_tag_size());
        if self.lame.lame_tag_encode_to_vec(&mut bytes).is_none() {
            return Err(failed("no Info frame"));
        }
        Ok(vec![Patch { offset, bytes }])
    }
}

fn failed(error: impl ToString) -> EncodeError {
    EncodeError::codec(Format::Mp3, error)
}
