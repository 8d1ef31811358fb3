//! Vorbis set-up headers, checked before the decoder unpacks them (Vorbis I, sections 3.2.1 and
//! 4.2.4).
//!
//! A codebook of a few bytes may claim 128 Ki entries of 32 values, and a header 256 codebooks: the
//! decoding library would unpack gigabytes. Here the same bits are read without storing anything,
//! and what the library is about to allocate is added up.

use super::super::{Container, DecodeError};

/// The most memory that unpacked codebooks take, in bytes. The largest that libvorbis writes take
/// under 3 MB.
const MAX_UNPACKED_BYTES: u64 = 16 << 20;

/// Packet type and signature before the bits of a header.
const SIGNATURE_BYTES: usize = 7;

/// The first bits of a codebook.
const SYNC: u64 = 0x56_4342;

/// Bits of a codeword that one block of the library's lookup table resolves.
const BLOCK_BITS: u32 = 8;

/// Bytes of one such block, with what is kept while it is built.
const BLOCK_BYTES: u64 = (8 << BLOCK_BITS) * 2 + 512;

/// Bytes that an entry costs while its codebook is built: length, value, codeword and tree node,
/// in vectors that double.
const ENTRY_BYTES: u64 = 80;

/// How much memory the set-up header in this packet takes once unpacked, in bytes.
///
/// # Errors
/// `Malformed` where its codebooks end early or are none, `Unsupported` where they take more than
/// 16 MiB.
pub(in crate::decode) fn check_setup(
    container: Container,
    packet: &[u8],
) -> Result<u64, DecodeError> {
    let bits = packet
        .strip_prefix(b"\x05vorbis")
        .ok_or_else(|| container.malformed("its Vorbis set-up header is missing"))?;
    debug_assert_eq!(packet.len() - bits.len(), SIGNATURE_BYTES);
    let mut bits = Bits { bytes: bits, at: 0 };
    let short = || container.malformed("its Vorbis set-up header is damaged");
    let books = bits.read(8).ok_or_else(short)? + 1;
    let mut bytes = 0_u64;
    for _ in 0..books {
        bytes = bytes.saturating_add(codebook(&mut bits).ok_or_else(short)?);
        if bytes > MAX_UNPACKED_BYTES {
            return Err(container.unsupported("its Vorbis codebooks are too large"));
        }
    }
    Ok(bytes)
}

/// Reads one codebook and returns its size in memory, in bytes.
fn codebook(bits: &mut Bits<'_>) -> Option<u64> {
    if bits.read(24)? != SYNC {
        return None;
    }
    let dimensions = bits.read(16)?;
    let entries = bits.read(24)?;
    let mut words = Codewords { by_length: [0; 33] };
    if bits.read(1)? == 0 {
        let sparse = bits.read(1)? == 1;
        // Every entry takes at least a bit of the file.
        for _ in 0..entries {
            if !sparse || bits.read(1)? == 1 {
                words.add(bits.read(5)? as u32 + 1, 1);
            }
        }
    } else {
        let (mut length, mut seen) = (bits.read(5)? as u32 + 1, 0);
        while seen < entries {
            let width = u64::BITS - (entries - seen).leading_zeros();
            let run = bits.read(width)?;
            seen += run;
            if seen > entries || length > 32 {
                return None;
            }
            words.add(length, run);
            length += 1;
        }
    }
    let values = match bits.read(4)? {
        0 => 0,
        kind @ (1 | 2) => {
            bits.read(32)?;
            bits.read(32)?;
            let width = bits.read(4)? + 1;
            bits.read(1)?;
            let listed = if kind == 1 {
                lookup1_values(entries, dimensions)
            } else {
                entries.checked_mul(dimensions)?
            };
            bits.skip(listed.checked_mul(width)?)?;
            // The unpacked vectors, and the list that they are unpacked from.
            entries.checked_mul(dimensions)?.checked_add(listed)?
        }
        _ => return None,
    };
    Some(
        values
            .saturating_mul(4)
            .saturating_add(entries.saturating_mul(ENTRY_BYTES))
            .saturating_add(words.blocks().saturating_mul(BLOCK_BYTES)),
    )
}

/// The greatest number whose power of `dimensions` is not above `entries`.
fn lookup1_values(entries: u64, dimensions: u64) -> u64 {
    let Ok(dimensions) = u32::try_from(dimensions.max(1)) else {
        return 0;
    };
    let fits = |value: u64| {
        value
            .checked_pow(dimensions)
            .is_some_and(|all| all <= entries)
    };
    let mut value = (entries as f64).powf(1.0 / f64::from(dimensions)) as u64;
    while value > 0 && !fits(value) {
        value -= 1;
    }
    while fits(value + 1) {
        value += 1;
    }
    value
}

/// How many codewords of each length there are.
struct Codewords {
    by_length: [u64; 33],
}

impl Codewords {
    fn add(&mut self, length: u32, count: u64) {
        self.by_length[length as usize] += count;
    }

    /// Blocks of the lookup table: one for each prefix of 8, 16 or 24 bits that longer codewords
    /// share. In a complete tree (the library refuses any other) every such prefix is used up by
    /// them, so the sum of their shares is the number of prefixes.
    fn blocks(&self) -> u64 {
        let at_depth = |depth: u32| {
            (depth + 1..=32)
                .map(|length| {
                    let share = 1.0 / (1_u64 << (length - depth)) as f64;
                    self.by_length[length as usize] as f64 * share
                })
                .sum::<f64>()
        };
        1 + (1..4)
            .map(|block| at_depth(block * BLOCK_BITS).ceil() as u64)
            .sum::<u64>()
    }
}

/// Bits of a Vorbis packet, least significant first (section 2.1).
struct Bits<'a> {
    bytes: &'a [u8],
    at: u64,
}

impl Bits<'_> {
    /// The next bits, at most 32, as a number; none where the packet ends before.
    fn read(&mut self, count: u32) -> Option<u64> {
        let (byte, shift) = ((self.at / 8) as usize, self.at % 8);
        let mut value = 0_u64;
        let need = (shift as usize + count as usize).div_ceil(8);
        for (i, byte) in self.bytes.get(byte..)?.get(..need)?.iter().enumerate() {
            value |= u64::from(*byte) << (8 * i);
        }
        self.at += u64::from(count);
        Some((value >> shift) & ((1 << count) - 1))
    }

    fn skip(&mut self, count: u64) -> Option<()> {
        self.at = self.at.checked_add(count)?;
        (self.at <= self.bytes.len() as u64 * 8).then_some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Writes bits as Vorbis does.
    #[derive(Default)]
    struct Writer(Vec<bool>);

    impl Writer {
        fn put(&mut self, value: u64, bits: u32) {
            self.0.extend((0..bits).map(|bit| value >> bit & 1 == 1));
        }

        fn packet(&self) -> Vec<u8> {
            let bytes = self.0.chunks(8).map(|byte| {
                let bits = byte.iter().enumerate();
                bits.fold(0, |byte, (at, bit)| byte | u8::from(*bit) << at)
            });
            b"\x05vorbis".iter().copied().chain(bytes).collect()
        }
    }

    fn ordered(books: u64, entries: u64, dimensions: u64, length: u64, lookup: u64) -> Vec<u8> {
        let mut bits = Writer::default();
        bits.put(books - 1, 8);
        for _ in 0..books {
            bits.put(SYNC, 24);
            bits.put(dimensions, 16);
            bits.put(entries, 24);
            bits.put(1, 1);
            bits.put(length - 1, 5);
            bits.put(entries, 64 - entries.leading_zeros());
            bits.put(lookup, 4);
            if lookup == 1 {
                for width in [32, 32, 4, 1] {
                    bits.put(0, width);
                }
                bits.put(0, lookup1_values(entries, dimensions) as u32);
            }
        }
        bits.packet()
    }

    #[test]
    fn codebooks_are_charged_by_what_they_unpack_to() {
        let check = |packet: &[u8]| check_setup(Container::Ogg, packet);
        assert!(check(&ordered(1, 256, 4, 8, 1)).unwrap() < 64 << 10);
        // 128 Ki entries of 32 values: 16 MiB of floats.
        assert!(matches!(
            check(&ordered(1, 1 << 17, 32, 17, 1)),
            Err(DecodeError::Unsupported { .. })
        ));
        // Each is small, together they are not.
        assert!(check(&ordered(1, 1 << 13, 8, 13, 1)).is_ok());
        assert!(matches!(
            check(&ordered(256, 1 << 13, 8, 13, 1)),
            Err(DecodeError::Unsupported { .. })
        ));
        // No values, but a lookup table with a block for nearly every entry.
        assert!(matches!(
            check(&ordered(1, 1 << 17, 1, 17, 0)),
            Err(DecodeError::Unsupported { .. })
        ));
        for end in [0, 3, 7, 8, 12, 20] {
            let whole = ordered(1, 256, 4, 8, 1);
            assert!(matches!(
                check(&whole[..end]),
                Err(DecodeError::Malformed { .. })
            ));
        }
    }

    #[test]
    fn lookup_values_are_the_integer_root() {
        for (entries, dimensions, expected) in [
            (6561, 8, 3),
            (6560, 8, 2),
            (125, 3, 5),
            (124, 3, 4),
            (1, 9, 1),
            (0, 4, 0),
        ] {
            assert_eq!(lookup1_values(entries, dimensions), expected);
        }
    }
}
