//! FLAC (RFC 9639) by `flacenc`, block by block.

use flacenc::bitsink::ByteSink;
use flacenc::component::{BitRepr, MetadataBlockData, Stream, StreamInfo};
use flacenc::config;
use flacenc::error::{Verified, Verify};
use flacenc::source::{Context, Fill, FrameBuf};

use super::{CodecEncoder, EncodeError, Patch, quantize};
use crate::tags::{Tags, vorbis_comment};
use crate::{Format, SampleRate};

/// Samples in a block: 48 ms at 24 kHz. Longer blocks would save a percent and cost latency.
const BLOCK: usize = 1_152;
const BITS: usize = 16;
/// The type of a Vorbis comment block (RFC 9639 section 8.1).
const VORBIS_COMMENT: u8 = 4;

/// A fixed-blocksize stream of 16 bits.
pub(super) struct Flac {
    config: Verified<config::Encoder>,
    /// Totals so far; the header is made of them.
    info: StreamInfo,
    comment: Vec<u8>,
    /// Counts blocks and sums up the MD5 of all samples.
    context: Context,
    block: Vec<i32>,
    frame: FrameBuf,
}

impl Flac {
    pub(super) fn new(
        rate: SampleRate,
        tags: &Tags,
        header: &mut Vec<u8>,
    ) -> Result<Self, EncodeError> {
        let mut config = config::Encoder::default();
        config.block_size = BLOCK;
        let config = config.into_verified().map_err(|(_, error)| failed(error))?;
        let info = StreamInfo::new(rate.hz() as usize, 1, BITS).map_err(failed)?;
        let codec = Self {
            config,
            info,
            comment: vorbis_comment::encode(tags),
            context: Context::new(BITS, 1),
            block: Vec::with_capacity(BLOCK),
            frame: FrameBuf::with_size(1, BLOCK).map_err(failed)?,
        };
        header.extend(codec.header(&codec.unknown()?)?);
        Ok(codec)
    }

    /// The stream's description while its end is unknown: 0 means that, for every total.
    fn unknown(&self) -> Result<StreamInfo, EncodeError> {
        let mut info = self.info.clone();
        info.set_block_sizes(BLOCK, BLOCK).map_err(failed)?;
        info.set_frame_sizes(0, 0).map_err(failed)?;
        Ok(info)
    }

    /// All that stands before the first frame.
    fn header(&self, info: &StreamInfo) -> Result<Vec<u8>, EncodeError> {
        let mut stream = Stream::with_stream_info(info.clone());
        let comment =
            MetadataBlockData::new_unknown(VORBIS_COMMENT, &self.comment).map_err(failed)?;
        stream.add_metadata_block(comment);
        bytes(&stream)
    }

    fn encode_block(&mut self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        self.frame.fill_interleaved(&self.block).map_err(failed)?;
        self.context.fill_interleaved(&self.block).map_err(failed)?;
        self.block.clear();
        let number = self.context.current_frame_number().unwrap_or_default();
        let frame = flacenc::encode_fixed_size_frame(&self.config, &self.frame, number, &self.info)
            .map_err(failed)?;
        self.info.update_frame_info(&frame);
        out.extend(bytes(&frame)?);
        Ok(())
    }
}

impl CodecEncoder for Flac {
    fn push(&mut self, samples: &[f32], out: &mut Vec<u8>) -> Result<(), EncodeError> {
        for &sample in samples {
            self.block.push(quantize::to_i16(sample).into());
            if self.block.len() == BLOCK {
                self.encode_block(out)?;
            }
        }
        Ok(())
    }

    fn finish(&mut self, out: &mut Vec<u8>) -> Result<Vec<Patch>, EncodeError> {
        if !self.block.is_empty() {
            self.encode_block(out)?;
        }
        let mut info = self.info.clone();
        // The last block may be shorter; the header means all others (RFC 9639 section 8.2).
        info.set_block_sizes(BLOCK, BLOCK).map_err(failed)?;
        if info.total_samples() == 0 {
            info.set_frame_sizes(0, 0).map_err(failed)?;
        }
        info.set_md5_digest(&self.context.md5_digest());
        Ok(vec![Patch {
            offset: 0,
            bytes: self.header(&info)?,
        }])
    }
}

fn bytes(component: &impl BitRepr) -> Result<Vec<u8>, EncodeError> {
    let mut sink = ByteSink::with_capacity(component.count_bits());
    component.write(&mut sink).map_err(failed)?;
    Ok(sink.into_inner())
}

fn failed(error: impl ToString) -> EncodeError {
    EncodeError::codec(Format::Flac, error)
}
