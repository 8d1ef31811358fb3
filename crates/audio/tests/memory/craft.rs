//! Files written byte by byte, each to make a decoder take memory.

/// Bits as Vorbis packs them, least significant first.
#[derive(Default)]
pub(crate) struct Bits {
    bytes: Vec<u8>,
    free: u32,
}

impl Bits {
    pub(crate) fn put(&mut self, value: u64, bits: u32) -> &mut Self {
        for bit in 0..bits {
            if self.free == 0 {
                self.bytes.push(0);
                self.free = 8;
            }
            let last = self.bytes.last_mut().unwrap();
            *last |= ((value >> bit & 1) as u8) << (8 - self.free);
            self.free -= 1;
        }
        self
    }

    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }
}

/// The identification header of Vorbis: mono or more, 44.1 kHz.
pub(crate) fn vorbis_identification(channels: u8) -> Vec<u8> {
    let mut head = b"\x01vorbis\0\0\0\0".to_vec();
    head.push(channels);
    head.extend(44_100_u32.to_le_bytes());
    head.extend([0; 12]);
    head.extend([0xb8, 1]);
    head
}

/// A set-up header whose codebooks claim this, and nothing behind them. `blocks` gives code lengths
/// so spread that lookup tables are as large as can be.
pub(crate) fn vorbis_setup(books: u64, entries: u64, dimensions: u64, lookup: u64) -> Vec<u8> {
    let mut bits = Bits::default();
    bits.put(books - 1, 8);
    let width = 64 - entries.leading_zeros();
    for _ in 0..books {
        bits.put(0x56_4342, 24).put(dimensions, 16).put(entries, 24);
        // A complete tree: all codewords as long as the logarithm.
        bits.put(1, 1)
            .put(u64::from(width - 2), 5)
            .put(entries, width);
        bits.put(lookup, 4);
        if lookup == 1 {
            bits.put(0, 32).put(0, 32).put(0, 4).put(0, 1);
            let values = (1..=entries).take_while(|v| {
                v.checked_pow(dimensions as u32)
                    .is_some_and(|all| all <= entries)
            });
            bits.put(0, values.count() as u32);
        }
    }
    [b"\x05vorbis".to_vec(), bits.into_bytes()].concat()
}

/// One page of Ogg with whole packets.
pub(crate) fn ogg_page(
    serial: u32,
    sequence: u32,
    flags: u8,
    granule: i64,
    packets: &[&[u8]],
) -> Vec<u8> {
    let mut table = Vec::new();
    for packet in packets {
        table.extend(std::iter::repeat_n(255, packet.len() / 255));
        table.push((packet.len() % 255) as u8);
    }
    assert!(table.len() <= 255, "too large for a page");
    let mut page = b"OggS\0".to_vec();
    page.push(flags);
    page.extend(granule.to_le_bytes());
    page.extend(serial.to_le_bytes());
    page.extend(sequence.to_le_bytes());
    page.extend([0; 4]);
    page.push(table.len() as u8);
    page.extend(table);
    page.extend(packets.concat());
    sum(&mut page);
    page
}

/// A page that is one piece of a packet which goes on: 255 segments of 255 bytes.
pub(crate) fn ogg_page_within(serial: u32, sequence: u32, continued: bool) -> Vec<u8> {
    let mut page = b"OggS\0".to_vec();
    page.push(u8::from(continued));
    page.extend((-1_i64).to_le_bytes());
    page.extend(serial.to_le_bytes());
    page.extend(sequence.to_le_bytes());
    page.extend([0; 4]);
    page.push(255);
    page.extend([255; 255]);
    page.extend([0; 255 * 255]);
    sum(&mut page);
    page
}

fn sum(page: &mut [u8]) {
    let sum = page.iter().fold(0_u32, |sum, &byte| {
        (0..8).fold(sum ^ u32::from(byte) << 24, |sum, _| {
            (sum << 1) ^ if sum >> 31 == 1 { 0x04c1_1db7 } else { 0 }
        })
    });
    page[22..26].copy_from_slice(&sum.to_le_bytes());
}

/// An Ogg file whose Vorbis has this set-up header.
pub(crate) fn ogg_vorbis(serial: u32, setup: &[u8]) -> Vec<u8> {
    let identification = vorbis_identification(1);
    let comment: &[u8] = b"\x03vorbis\0\0\0\0\0\0\0\0\x01";
    let mut file = ogg_page(serial, 0, 2, 0, &[&identification]);
    let mut sequence = 1;
    if setup.len() < 60_000 {
        file.extend(ogg_page(serial, sequence, 0, 0, &[comment, setup]));
    } else {
        file.extend(ogg_page(serial, sequence, 0, 0, &[comment]));
        file.extend(long_packet(serial, &mut sequence, setup));
    }
    sequence += 1;
    file.extend(ogg_page(
        serial,
        sequence,
        4,
        1024,
        &[&[0, 0, 0], &[0, 0, 0]],
    ));
    file
}

/// The pages of one packet that takes several.
fn long_packet(serial: u32, sequence: &mut u32, packet: &[u8]) -> Vec<u8> {
    let mut file = Vec::new();
    let mut pieces = packet.chunks(255 * 255).peekable();
    let mut continued = 0;
    while let Some(piece) = pieces.next() {
        *sequence += 1;
        let mut table = vec![255; piece.len() / 255];
        if pieces.peek().is_none() {
            table.push((piece.len() % 255) as u8);
        }
        let mut page = b"OggS\0".to_vec();
        page.push(continued);
        page.extend(0_i64.to_le_bytes());
        page.extend(serial.to_le_bytes());
        page.extend(sequence.to_le_bytes());
        page.extend([0; 4]);
        page.push(table.len() as u8);
        page.extend(table);
        page.extend(piece);
        sum(&mut page);
        file.extend(page);
        continued = 1;
    }
    file
}

/// An element of Matroska, its size in eight bytes.
pub(crate) fn element(id: u32, body: &[u8]) -> Vec<u8> {
    let mut all: Vec<u8> = id
        .to_be_bytes()
        .into_iter()
        .skip_while(|b| *b == 0)
        .collect();
    all.extend((body.len() as u64 | 1 << 56).to_be_bytes());
    all.extend(body);
    all
}

/// A Matroska file of these elements in its segment.
pub(crate) fn matroska(elements: &[Vec<u8>]) -> Vec<u8> {
    let mut file = element(0x1a45_dfa3, &element(0x4282, b"matroska"));
    file.extend(element(0x1853_8067, &elements.concat()));
    file
}

/// An audio track of Matroska.
pub(crate) fn matroska_track(number: u8, codec: &str, private: &[u8], channels: u8) -> Vec<u8> {
    let audio = [
        element(0xb5, &48_000_f64.to_be_bytes()),
        element(0x9f, &[channels]),
        element(0x6264, &[16]),
    ];
    let track = [
        element(0xd7, &[number]),
        element(0x83, &[2]),
        element(0x86, codec.as_bytes()),
        element(0x63a2, private),
        element(0xe1, &audio.concat()),
    ];
    element(0xae, &track.concat())
}

/// A cluster with one block of a track.
pub(crate) fn cluster(time_ms: u32, track: u8, packet: &[u8]) -> Vec<u8> {
    let block = [&[0x80 | track, 0, 0, 0x80], packet].concat();
    let body = [element(0xe7, &time_ms.to_be_bytes()), element(0xa3, &block)];
    element(0x1f43_b675, &body.concat())
}

/// A box of MP4.
pub(crate) fn mp4_box(name: &[u8; 4], body: &[u8]) -> Vec<u8> {
    [&(body.len() as u32 + 8).to_be_bytes()[..], name, body].concat()
}

/// The tables of an audio track of MP4: its entry, then as they are.
pub(crate) fn mp4_track(entry: &[u8], tables: &[Vec<u8>]) -> Vec<u8> {
    let mut tkhd = vec![0, 0, 0, 7];
    tkhd.extend([0; 8]);
    tkhd.extend(1_u32.to_be_bytes());
    tkhd.extend([0; 68]);
    let mut mdhd = vec![0; 12];
    mdhd.extend(48_000_u32.to_be_bytes());
    mdhd.extend([0; 8]);
    let hdlr = [&[0; 8][..], b"soun", &[0; 13]].concat();
    let stsd = mp4_box(b"stsd", &[&[0, 0, 0, 0, 0, 0, 0, 1], entry].concat());
    let stbl = mp4_box(b"stbl", &[stsd, tables.concat()].concat());
    let media = [
        mp4_box(b"mdhd", &mdhd),
        mp4_box(b"hdlr", &hdlr),
        mp4_box(b"minf", &stbl),
    ];
    mp4_box(
        b"trak",
        &[mp4_box(b"tkhd", &tkhd), mp4_box(b"mdia", &media.concat())].concat(),
    )
}

/// A sample entry with a box of the codec's in it.
pub(crate) fn mp4_entry(name: &[u8; 4], channels: u16, inner: &[u8]) -> Vec<u8> {
    let mut entry = vec![0, 0, 0, 0, 0, 0, 0, 1];
    entry.extend([0; 8]);
    entry.extend(channels.to_be_bytes());
    entry.extend([0, 16, 0, 0, 0, 0]);
    entry.extend((48_000_u32 << 16).to_be_bytes());
    entry.extend(inner);
    mp4_box(name, &entry)
}

/// A table with a count and equal entries.
pub(crate) fn mp4_table(name: &[u8; 4], count: u32, entry: &[u8], there: usize) -> Vec<u8> {
    let mut body = vec![0; 4];
    body.extend(count.to_be_bytes());
    body.extend(entry.repeat(there));
    mp4_box(name, &body)
}

/// An MP4 of these boxes in its movie, and `data` behind.
pub(crate) fn mp4(movie: &[Vec<u8>], data: &[u8]) -> Vec<u8> {
    [
        mp4_box(b"ftyp", b"isom\0\0\0\0isom"),
        mp4_box(b"moov", &movie.concat()),
        mp4_box(b"mdat", data),
    ]
    .concat()
}
