//! Frame headers of MPEG audio (ISO/IEC 11172-3 section 2.4.1.3, 13818-3) and of AAC in ADTS
//! (ISO/IEC 13818-7 section 6.2). Both begin with the same sync word.

use super::Container;

/// What a frame holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum MpegCodec {
    Layer2,
    Layer3,
    Aac,
}

/// One frame by its header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct FrameHeader {
    pub(super) codec: MpegCodec,
    /// MPEG-1 (not 2 or 2.5).
    pub(super) mpeg1: bool,
    /// Samples a second.
    pub(super) rate: u32,
    /// 1 or 2; for AAC 1 to 8, and 0 where the frame itself says it.
    pub(super) channels: u8,
    /// The whole frame, header included.
    pub(super) bytes: usize,
    /// What of it comes before the payload. The MPEG layers keep it in the payload: 0.
    pub(super) head_bytes: usize,
    /// Samples per channel.
    pub(super) samples: u32,
    /// For AAC: the profile is Low Complexity and the frame holds one block.
    pub(super) plain: bool,
}

impl FrameHeader {
    /// What [`FrameHeader::read`] looks at, at most.
    pub(super) const MAX_BYTES: usize = 7;

    /// The header at the start of these bytes.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let &[0xff, second, third, fourth, ..] = bytes else {
            return None;
        };
        match (second & 0xe0, second & 0x06) {
            (0xe0, 0x00) if second & 0x10 != 0 => Self::read_adts(bytes),
            (0xe0, 0x02 | 0x04) => Self::read_layer(second, third, fourth),
            _ => None,
        }
    }

    fn read_layer(second: u8, third: u8, fourth: u8) -> Option<Self> {
        let (mpeg1, halvings) = match second & 0x18 {
            0x18 => (true, 0),
            0x10 => (false, 1),
            0x00 => (false, 2),
            _ => return None,
        };
        let codec = if second & 0x06 == 0x02 {
            MpegCodec::Layer3
        } else {
            MpegCodec::Layer2
        };
        let table: &[u16; 14] = match (codec, mpeg1) {
            (MpegCodec::Layer3, true) => &[
                32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320,
            ],
            (_, true) => &[
                32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384,
            ],
            (_, false) => &[8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
        };
        // Index 0 is the free format, whose frames have no stated length; 15 is forbidden.
        let bit_rate = u32::from(*table.get(usize::from(third >> 4).checked_sub(1)?)?) * 1000;
        let rate = [44_100, 48_000, 32_000].get(usize::from(third >> 2 & 3))? >> halvings;
        let samples = if codec == MpegCodec::Layer3 && !mpeg1 {
            576
        } else {
            1152
        };
        let padding = u32::from(third >> 1 & 1);
        Some(Self {
            codec,
            mpeg1,
            rate,
            channels: if fourth >> 6 == 3 { 1 } else { 2 },
            bytes: (samples / 8 * bit_rate / rate + padding) as usize,
            head_bytes: 0,
            samples,
            plain: true,
        })
    }

    fn read_adts(bytes: &[u8]) -> Option<Self> {
        let &[_, second, third, fourth, fifth, sixth, seventh, ..] = bytes else {
            return None;
        };
        const RATES: [u32; 13] = [
            96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025,
            8_000, 7_350,
        ];
        let rate = *RATES.get(usize::from(third >> 2 & 15))?;
        let channels = (third & 1) << 2 | fourth >> 6;
        let head_bytes = if second & 1 == 0 { 9 } else { 7 };
        let length =
            usize::from(fourth & 3) << 11 | usize::from(fifth) << 3 | usize::from(sixth >> 5);
        (length >= head_bytes).then_some(Self {
            codec: MpegCodec::Aac,
            mpeg1: false,
            rate,
            channels: if channels == 7 { 8 } else { channels },
            bytes: length,
            head_bytes,
            samples: 1024,
            plain: third >> 6 == 1 && seventh & 3 == 0,
        })
    }

    /// Whether both can be frames of one stream. Joint stereo comes and goes; mono does not.
    pub(super) fn same_stream(&self, other: &Self) -> bool {
        (self.codec, self.mpeg1, self.rate, self.channels)
            == (other.codec, other.mpeg1, other.rate, other.channels)
    }

    /// The container of bare frames like this one.
    pub(super) const fn container(&self) -> Container {
        match self.codec {
            MpegCodec::Aac => Container::Aac,
            MpegCodec::Layer2 | MpegCodec::Layer3 => Container::Mp3,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_give_the_length_of_their_frame() {
        let layer3 = FrameHeader::read(&[0xff, 0xfb, 0x92, 0x64]).unwrap();
        assert_eq!(
            (layer3.bytes, layer3.rate, layer3.channels),
            (418, 44_100, 2)
        );
        let mpeg2 = FrameHeader::read(&[0xff, 0xf3, 0x84, 0xc4]).unwrap();
        assert_eq!((mpeg2.bytes, mpeg2.rate, mpeg2.samples), (192, 24_000, 576));
        let adts = FrameHeader::read(&[0xff, 0xf1, 0x58, 0x40, 0x02, 0x1f, 0xfc]).unwrap();
        assert_eq!(
            (adts.bytes, adts.rate, adts.channels, adts.plain),
            (16, 24_000, 1, true)
        );
    }

    #[test]
    fn impossible_headers_are_refused() {
        for wrong in [
            [0xff, 0xfb, 0x02, 0x64], // free format
            [0xff, 0xfb, 0xf2, 0x64], // forbidden bit rate
            [0xff, 0xfb, 0x9e, 0x64], // forbidden sample rate
            [0xff, 0xeb, 0x92, 0x64], // forbidden version
            [0xff, 0xff, 0x92, 0x64], // layer 1
            [0xff, 0xf1, 0x58, 0x40], // ADTS, too short
        ] {
            assert_eq!(FrameHeader::read(&wrong), None, "{wrong:x?}");
        }
    }
}
