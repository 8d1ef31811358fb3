//! WAV files written byte by byte, so that any field can lie.

/// The fields of a WAV file that has a format and a samples chunk.
#[derive(Clone)]
pub(crate) struct Wav {
    pub(crate) riff_size: Option<u32>,
    pub(crate) tag: u16,
    pub(crate) channels: u16,
    pub(crate) rate: u32,
    pub(crate) block: Option<u16>,
    pub(crate) bits: u16,
    pub(crate) extensible: bool,
    pub(crate) data_size: Option<u32>,
    pub(crate) data: Vec<u8>,
    pub(crate) behind: Vec<u8>,
}

impl Wav {
    /// A true file of 16-bit samples.
    pub(crate) fn of(rate: u32, channels: u16, samples: &[f32]) -> Self {
        let data = samples
            .iter()
            .flat_map(|s| ((s * 32_767.0).round() as i16).to_le_bytes());
        Self {
            riff_size: None,
            tag: 1,
            channels,
            rate,
            block: None,
            bits: 16,
            extensible: false,
            data_size: None,
            data: data.collect(),
            behind: Vec::new(),
        }
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        let block = self
            .block
            .unwrap_or(self.channels.wrapping_mul(self.bits / 8));
        let mut format = Vec::new();
        format.extend(if self.extensible { 0xfffe } else { self.tag }.to_le_bytes());
        format.extend(self.channels.to_le_bytes());
        format.extend(self.rate.to_le_bytes());
        format.extend(self.rate.wrapping_mul(u32::from(block)).to_le_bytes());
        format.extend(block.to_le_bytes());
        format.extend(self.bits.to_le_bytes());
        if self.extensible {
            format.extend([22, 0]);
            format.extend(self.bits.to_le_bytes());
            format.extend(0_u32.to_le_bytes());
            format.extend(self.tag.to_le_bytes());
            format.extend(*b"\0\0\0\0\x10\0\x80\0\0\xaa\x008\x9bq");
        }
        let mut body = b"WAVEfmt ".to_vec();
        body.extend((format.len() as u32).to_le_bytes());
        body.extend(format);
        body.extend(*b"data");
        body.extend(
            self.data_size
                .unwrap_or(self.data.len() as u32)
                .to_le_bytes(),
        );
        body.extend(&self.data);
        if self.data.len() % 2 == 1 {
            body.push(0);
        }
        body.extend(&self.behind);
        let mut bytes = b"RIFF".to_vec();
        bytes.extend(self.riff_size.unwrap_or(body.len() as u32).to_le_bytes());
        bytes.extend(body);
        bytes
    }
}
