//! Decoding is bounded before memory is spent: crafted files of every container, under an allocator
//! that counts.

#![allow(missing_docs, clippy::unwrap_used, unsafe_code)]

mod allocator;
mod craft;
#[path = "../input/signal.rs"]
#[allow(dead_code)]
mod signal;
#[path = "../input/tools.rs"]
#[allow(dead_code)]
mod tools;
#[path = "../input/wav.rs"]
mod wav;

use mynah_audio::{DECODE_WORKING_BYTES, DecodeLimits, SampleRate, decode, decode_at};

use allocator::peak;
use craft::*;
use signal::babble;
use tools::ffmpeg;
use wav::Wav;

/// What an upload may be.
const FILE_BYTES: usize = 20 << 20;

struct Case {
    name: String,
    file: Vec<u8>,
    /// Whether it must become audio; else it may.
    sounds: bool,
}

fn case(name: impl Into<String>, file: Vec<u8>) -> Case {
    Case {
        name: name.into(),
        file,
        sounds: false,
    }
}

fn sound(name: impl Into<String>, file: Vec<u8>) -> Case {
    Case {
        sounds: true,
        ..case(name, file)
    }
}

/// As often as fits into a file of the largest size.
fn fill(piece: &[u8]) -> Vec<u8> {
    piece.repeat(FILE_BYTES / piece.len())
}

fn vorbis() -> Vec<Case> {
    let mut cases = Vec::new();
    for (books, entries, dimensions, lookup) in [
        (1, 1 << 17, 32, 1),
        (30, 1 << 17, 32, 1),
        (256, 1 << 17, 32, 1),
        (256, 1 << 17, 1, 0),
        (256, (1 << 24) - 1, 65_535, 1),
        (256, 1 << 12, 8, 1),
        (25, 1 << 12, 8, 1),
        (1, 1 << 23, 1, 0),
    ] {
        let setup = vorbis_setup(books, entries, dimensions, lookup);
        let what = format!("{books} books of {entries} entries of {dimensions} values");
        cases.push(case(format!("ogg vorbis, {what}"), ogg_vorbis(1, &setup)));
        let identification = vorbis_identification(1);
        let mut private = vec![2, identification.len() as u8, 16];
        private.extend(identification);
        private.extend(b"\x03vorbis\0\0\0\0\0\0\0\0\x01");
        private.extend(&setup);
        let tracks = element(0x1654_ae6b, &matroska_track(1, "A_VORBIS", &private, 1));
        let file = matroska(&[tracks, cluster(0, 1, &[0; 3])]);
        cases.push(case(format!("matroska vorbis, {what}"), file));
    }
    // Dense lengths that spread as wide as a tree can: 17 to 24 bits under every prefix of 16.
    let mut bits = Bits::default();
    let prefixes = 12_000_u64;
    let whole = 65_536 - prefixes;
    bits.put(0, 8).put(0x56_4342, 24).put(1, 16);
    bits.put(whole + prefixes * 9, 24).put(0, 1).put(0, 1);
    for _ in 0..whole {
        bits.put(15, 5);
    }
    for _ in 0..prefixes {
        for length in [17, 18, 19, 20, 21, 22, 23, 24, 24] {
            bits.put(length - 1, 5);
        }
    }
    bits.put(0, 4);
    let setup = [b"\x05vorbis".to_vec(), bits.into_bytes()].concat();
    cases.push(case(
        "ogg vorbis, a lookup table that is all holes",
        ogg_vorbis(1, &setup),
    ));
    cases
}

fn ogg() -> Vec<Case> {
    let first = ogg_page(0, 0, 2, 0, &[&vorbis_identification(1)]);
    let mut streams = Vec::new();
    let mut serial = 0;
    while streams.len() + first.len() < FILE_BYTES {
        streams.extend(ogg_page(serial, 0, 2, 0, &[&vorbis_identification(1)]));
        serial += 1;
    }
    let mut endless = ogg_page(1, 0, 2, 0, &[&vorbis_identification(1)]);
    for sequence in 1..FILE_BYTES as u32 / 65_307 {
        endless.extend(ogg_page_within(1, sequence, sequence > 1));
    }
    let mut comments = ogg_page(1, 0, 2, 0, &[b"OpusHead\x01\x01\x38\x01\x80\xbb\0\0\0\0\0"]);
    for sequence in 1..FILE_BYTES as u32 / 65_307 {
        comments.extend(ogg_page_within(1, sequence, sequence > 1));
    }
    let links = (0..4000_u32).flat_map(|serial| {
        // Each different, so that no decoder can be kept.
        ogg_vorbis(
            serial,
            &vorbis_setup(2 + u64::from(serial % 9), 1 << 10, 8, 1),
        )
    });
    let opus = ffmpeg(48_000, 1, &babble(48_000, 1.0), "a.opus", "-b:a 12k");
    let rates = [
        8000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000,
    ];
    let chained = rates.iter().cycle().take(27).flat_map(|&rate| {
        ffmpeg(
            rate,
            1,
            &babble(rate, 0.3),
            "a.ogg",
            "-c:a libvorbis -q:a 0",
        )
    });
    vec![
        case("ogg, as many streams as fit", streams),
        case("ogg, one packet without end", endless),
        case("ogg, comments without end", comments),
        case("ogg, chained codebooks", links.collect()),
        sound("ogg, chained opus", opus.repeat(60)),
        sound("ogg, chained rates", chained.collect()),
        sound("ogg opus, 255 streams", opus_255()),
    ]
}

/// The most decoders that a channel mapping may ask for.
fn opus_255() -> Vec<u8> {
    let mut head = b"OpusHead\x01\x08\0\0\x80\xbb\0\0\0\0\xff\xff\0".to_vec();
    head.extend(0..8);
    // Every stream but the last says its length; each is 20 ms of nothing.
    let packet = [[0x08, 0].repeat(254), vec![0x08]].concat();
    let mut file = ogg_page(1, 0, 2, 0, &[&head]);
    file.extend(ogg_page(1, 1, 0, 0, &[b"OpusTags\0\0\0\0\0\0\0\0"]));
    file.extend(ogg_page(1, 2, 4, 960, &[&packet]));
    file
}

fn matroska_files() -> Vec<Case> {
    let track = element(0x1654_ae6b, &matroska_track(1, "A_PCM/INT/LIT", &[], 1));
    let block = || cluster(0, 1, &[0; 9600]);
    let tag = element(0x7373, &element(0x67c8, &element(0x45a3, b"TITLE")));
    let flac = [
        b"fLaC\x80\0\0\x22\xff\xff\xff\xff\0\0\0\0\0\0\x0b\xb8\x0e\xf0".to_vec(),
        vec![0; 20],
    ]
    .concat();
    let tracks = matroska_track(1, "A_PCM/INT/LIT", &[], 1);
    let laced = [vec![0x81, 0, 0, 0x82, 255], vec![0; 255]].concat();
    let attachment = element(
        0x61a7,
        &[
            element(0x466e, b"cover.jpg"),
            element(0x465c, &vec![0; FILE_BYTES]),
        ]
        .concat(),
    );
    vec![
        sound(
            "matroska, tags",
            matroska(&[element(0x1254_c367, &fill(&tag)), track.clone(), block()]),
        ),
        sound(
            "matroska, an attachment",
            matroska(&[element(0x1941_a469, &attachment), track.clone(), block()]),
        ),
        sound(
            "matroska, cues",
            matroska(&[
                element(0x1c53_bb6b, &fill(&element(0xbb, &[0; 8]))),
                track.clone(),
                block(),
            ]),
        ),
        case(
            "matroska, as many tracks as fit",
            matroska(&[element(0x1654_ae6b, &fill(&tracks)), block()]),
        ),
        case(
            "matroska, an element of exabytes",
            [
                &matroska(&[track.clone(), block()])[..],
                &[0xec, 1, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
            ]
            .concat(),
        ),
        sound(
            "matroska, empty clusters",
            matroska(&[track.clone(), fill(&element(0x1f43_b675, &[])), block()]),
        ),
        sound(
            "matroska, laces of nothing",
            matroska(&[
                track.clone(),
                block(),
                element(0x1f43_b675, &fill(&element(0xa3, &laced))),
            ]),
        ),
        sound(
            "matroska, a pause of ten minutes",
            matroska(&[track.clone(), block(), cluster(600_000, 1, &[0; 9600])]),
        ),
        case(
            "matroska, flac of the largest blocks",
            matroska(&[
                element(0x1654_ae6b, &matroska_track(1, "A_FLAC", &flac, 8)),
                cluster(0, 1, &[0xff; 100]),
            ]),
        ),
    ]
}

fn mp4_files() -> Vec<Case> {
    let pcm = mp4_entry(b"sowt", 1, &[]);
    let one = |times: Vec<u8>, sizes: Vec<u8>, places: Vec<u8>, data: &[u8]| {
        let runs = mp4_table(b"stsc", 1, &[0, 0, 0, 1, 0, 0, 3, 0xc0, 0, 0, 0, 1], 1);
        mp4(&[mp4_track(&pcm, &[times, runs, sizes, places])], data)
    };
    let sizes = |size: u32, count: u32| {
        let mut body = vec![0; 4];
        body.extend(size.to_be_bytes());
        body.extend(count.to_be_bytes());
        mp4_box(b"stsz", &body)
    };
    let times = mp4_table(b"stts", 1, &[0, 0, 0, 1, 0, 0, 0, 1], 1);
    let many = FILE_BYTES / 8;
    let cookie = |frames: u32| {
        let mut body = vec![0; 4];
        body.extend(frames.to_be_bytes());
        body.extend([0, 32, 40, 10, 14, 8, 0, 255, 0, 0, 0, 0, 0, 0, 0, 0]);
        body.extend(48_000_u32.to_be_bytes());
        mp4_box(b"alac", &body)
    };
    let alac = |frames| {
        let entry = mp4_entry(b"alac", 8, &cookie(frames));
        mp4(&[mp4_track(&entry, &[])], &[])
    };
    let udta = mp4_box(b"udta", &fill(&mp4_box(b"meta", &[0; 8])));
    let whole = one(
        times.clone(),
        sizes(2, 960),
        mp4_table(b"stco", 1, &[0, 0, 2, 0], 1),
        &[0; 4000],
    );
    let mut tagged = whole.clone();
    tagged.extend(udta);
    let fragment_claims = {
        let trun = [&[0, 0, 0, 0][..], &u32::MAX.to_be_bytes()].concat();
        let tfhd = [
            &[0, 0, 0, 0x10][..],
            &1_u32.to_be_bytes(),
            &1_u32.to_be_bytes(),
        ]
        .concat();
        let traf = [mp4_box(b"tfhd", &tfhd), mp4_box(b"trun", &trun)].concat();
        let moof = mp4_box(b"moof", &mp4_box(b"traf", &traf));
        [whole.clone(), moof].concat()
    };
    vec![
        sound("mp4, metadata behind", tagged),
        case(
            "mp4, a table of times as long as the file",
            one(
                mp4_table(b"stts", many as u32, &[0; 8], many),
                sizes(2, u32::MAX),
                mp4_table(b"stco", 1, &[0, 0, 2, 0], 1),
                &[0; 2000],
            ),
        ),
        case(
            "mp4, a table of places as long as the file",
            one(
                times.clone(),
                sizes(2, u32::MAX),
                mp4_table(b"stco", many as u32, &[0, 0, 2, 0], many),
                &[0; 2000],
            ),
        ),
        case(
            "mp4, tables that claim what is not there",
            one(
                mp4_table(b"stts", u32::MAX, &[0; 8], 1),
                sizes(0, u32::MAX),
                mp4_table(b"stco", u32::MAX, &[0; 4], 1),
                &[],
            ),
        ),
        case(
            "mp4, sample descriptions",
            mp4(&[mp4_track(&fill(&pcm), &[])], &[]),
        ),
        case(
            "mp4, as many tracks as fit",
            mp4(&[fill(&mp4_track(&pcm, &[]))], &[]),
        ),
        case("mp4, alac of the largest blocks", alac(65_536)),
        case("mp4, alac of larger blocks", alac(u32::MAX)),
        case("mp4, a fragment of billions", fragment_claims),
        case(
            "mp4, fragments",
            [whole, fill(&mp4_box(b"moof", &[]))].concat(),
        ),
    ]
}

fn other_files() -> Vec<Case> {
    let samples = babble(48_000, 1.0);
    let mp3 = ffmpeg(48_000, 1, &samples, "a.mp3", "-b:a 64k");
    let flac = ffmpeg(48_000, 1, &samples, "a.flac", "");
    let size = |bytes: usize| [21, 14, 7, 0].map(|shift| (bytes >> shift & 0x7f) as u8);
    let id3 = |body: Vec<u8>| [b"ID3\x04\0\0".to_vec(), size(body.len()).to_vec(), body].concat();
    let frame = [b"APIC".to_vec(), size(4096).to_vec(), vec![0; 2 + 4096]].concat();
    let picture = [vec![6, 0, 0x40, 0], vec![0xff; 0x4000]].concat();
    let info = &flac[4..42];
    let mut largest = flac.clone();
    largest[8..12].copy_from_slice(&[0xff; 4]);
    let blocks = [
        b"fLaC".to_vec(),
        vec![0, 0, 0, 34],
        info[4..].to_vec(),
        fill(&picture),
        vec![0x84, 0, 0, 0],
    ]
    .concat();
    let chunk = b"LIST\x08\0\0\0INFO\0\0\0\0";
    let mut chunks = Wav::of(16_000, 1, &samples).bytes();
    chunks.splice(36..36, fill(chunk));
    let eight_bit = Wav {
        bits: 8,
        data: vec![0x80; FILE_BYTES],
        ..Wav::of(8000, 1, &[])
    };
    let parts = ffmpeg(44_100, 1, &samples[..12_000], "a.mp3", "-b:a 32k");
    let parts = [mp3[..].to_vec(), parts].concat();
    let mut cases = vec![
        sound(
            "mp3, a tag of pictures",
            [id3(fill(&frame)), mp3.clone()].concat(),
        ),
        case(
            "mp3, tags",
            [id3(vec![]).repeat(FILE_BYTES / 10), mp3.clone()].concat(),
        ),
        sound("mp3, joined of two rates", parts.repeat(100)),
        sound(
            "flac, pictures",
            [blocks, flac[flac.len() - flac_frames(&flac)..].to_vec()].concat(),
        ),
        sound("flac, the largest blocks", largest),
        sound("wav, chunks", chunks),
        sound("wav, 8 bits", eight_bit.bytes()),
        sound("aac", ffmpeg(48_000, 2, &samples, "a.aac", "")),
    ];
    for rate in [191_999, 192_000, 4_001, 44_101, 96_001, 175_993] {
        cases.push(sound(
            format!("wav at {rate} Hz"),
            Wav::of(rate, 1, &vec![0.1; 400_000]).bytes(),
        ));
    }
    let channels = Wav {
        tag: 3,
        bits: 64,
        data: vec![0; FILE_BYTES / 64 * 64],
        ..Wav::of(48_000, 8, &[])
    };
    cases.push(sound("wav, 8 channels of 64 bits", channels.bytes()));
    cases
}

/// Bytes of a FLAC file behind its metadata.
fn flac_frames(file: &[u8]) -> usize {
    let mut at = 4;
    loop {
        let last = file[at] & 0x80 != 0;
        at += 4
            + (usize::from(file[at + 1]) << 16
                | usize::from(file[at + 2]) << 8
                | usize::from(file[at + 3]));
        if last {
            return file.len() - at;
        }
    }
}

#[test]
fn decoding_takes_its_samples_and_64_mebibytes() {
    let limits = DecodeLimits::default();
    let mut over = Vec::new();
    for cases in [vorbis, ogg, matroska_files, mp4_files, other_files] {
        for Case { name, file, sounds } in cases() {
            for at in [Some(SampleRate::HZ_16000), None] {
                let start = std::time::Instant::now();
                let (bytes, outcome) = peak(|| match at {
                    Some(rate) => decode_at(&file, &limits, rate),
                    None => decode(&file, &limits),
                });
                let (samples, result) = match &outcome {
                    Ok(decoded) => (decoded.clip.samples.len(), "sound".to_owned()),
                    Err(error) => (0, error.to_string()),
                };
                println!(
                    "{name}, {} bytes, {at:?}: {:.1} MB for {samples} samples in {} ms ({result})",
                    file.len(),
                    bytes as f64 / 1e6,
                    start.elapsed().as_millis(),
                );
                assert!(!sounds || outcome.is_ok(), "{name}: {result}");
                if bytes > samples * 4 + DECODE_WORKING_BYTES {
                    over.push(format!("{name}: {bytes} bytes for {samples} samples"));
                }
            }
        }
    }
    assert!(over.is_empty(), "{over:#?}");
}
