//! The contents of a `.spm` file: `ModelProto` of `sentencepiece_model.proto`.

use super::wire::{Fields, NoMessage, Value};

/// What a piece is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Normal,
    Unknown,
    Control,
    UserDefined,
    Unused,
    Byte,
}

#[derive(Debug)]
pub(super) struct Piece {
    pub(super) text: String,
    pub(super) score: f32,
    pub(super) kind: Kind,
}

/// The parts of a model that encoding needs.
#[derive(Debug)]
pub(super) struct Proto {
    pub(super) pieces: Vec<Piece>,
    /// 1 is unigram, which is also the default.
    pub(super) model_type: u64,
    pub(super) whitespace_suffix: bool,
    pub(super) byte_fallback: bool,
    pub(super) charsmap: Vec<u8>,
    pub(super) dummy_prefix: bool,
    pub(super) remove_extra_whitespaces: bool,
    pub(super) escape_whitespaces: bool,
}

impl Proto {
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, NoMessage> {
        let mut proto = Self {
            pieces: Vec::new(),
            model_type: 1,
            whitespace_suffix: false,
            byte_fallback: false,
            charsmap: Vec::new(),
            dummy_prefix: true,
            remove_extra_whitespaces: true,
            escape_whitespaces: true,
        };
        let (mut trainer, mut normalizer) = (false, false);
        for field in Fields::of(bytes) {
            match field? {
                (1, Value::Bytes(piece)) => proto.pieces.push(Piece::parse(piece)?),
                (2, Value::Bytes(bytes)) => {
                    trainer = true;
                    proto.trainer(bytes)?;
                }
                (3, Value::Bytes(bytes)) => {
                    normalizer = true;
                    proto.normalizer(bytes)?;
                }
                _ => {}
            }
        }
        // They stand behind the pieces: a file that was cut off between two pieces lacks them.
        if trainer && normalizer {
            Ok(proto)
        } else {
            Err(NoMessage)
        }
    }

    fn trainer(&mut self, bytes: &[u8]) -> Result<(), NoMessage> {
        for field in Fields::of(bytes) {
            match field? {
                (3, Value::Varint(kind)) => self.model_type = kind,
                (24, Value::Varint(on)) => self.whitespace_suffix = on != 0,
                (35, Value::Varint(on)) => self.byte_fallback = on != 0,
                _ => {}
            }
        }
        Ok(())
    }

    fn normalizer(&mut self, bytes: &[u8]) -> Result<(), NoMessage> {
        for field in Fields::of(bytes) {
            match field? {
                (2, Value::Bytes(map)) => self.charsmap = map.to_vec(),
                (3, Value::Varint(on)) => self.dummy_prefix = on != 0,
                (4, Value::Varint(on)) => self.remove_extra_whitespaces = on != 0,
                (5, Value::Varint(on)) => self.escape_whitespaces = on != 0,
                _ => {}
            }
        }
        Ok(())
    }
}

impl Piece {
    fn parse(bytes: &[u8]) -> Result<Self, NoMessage> {
        let mut piece = Self {
            text: String::new(),
            score: 0.0,
            kind: Kind::Normal,
        };
        for field in Fields::of(bytes) {
            match field? {
                (1, Value::Bytes(text)) => {
                    piece.text = String::from_utf8(text.to_vec()).map_err(|_| NoMessage)?;
                }
                (2, Value::Fixed32(bits)) => piece.score = f32::from_bits(bits),
                (3, Value::Varint(kind)) => {
                    piece.kind = match kind {
                        1 => Kind::Normal,
                        2 => Kind::Unknown,
                        3 => Kind::Control,
                        4 => Kind::UserDefined,
                        5 => Kind::Unused,
                        6 => Kind::Byte,
                        _ => return Err(NoMessage),
                    }
                }
                _ => {}
            }
        }
        Ok(piece)
    }
}
