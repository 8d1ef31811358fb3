//! What whole files state of themselves.

use crate::decoded::{probed, voice};
use mynah_audio::{Clip, Format, SampleRate, Tags, encode_whole};

const RATE: SampleRate = SampleRate::HZ_24000;
/// Three seconds and a bit, so that no frame size divides it.
const SAMPLES: usize = 72_345;
/// A frame of MPEG 2 layer III.
const MP3_FRAME: usize = 576;

fn whole(clip: &Clip, format: Format) -> Vec<u8> {
    let tags = Tags::new()
        .engine("flite")
        .voice("flite/slt")
        .voice("flite/rms");
    encode_whole(clip, format, &tags).expect("it is encoded")
}

#[test]
fn every_container_is_tagged_synthetic_with_its_engine() {
    let clip = voice(RATE, 4_800);
    for format in [Format::Mp3, Format::Opus, Format::Aac, Format::Flac] {
        let probe = probed(format, &whole(&clip, format)).to_lowercase();
        for tag in [
            "synthetic=1",
            "engine=flite",
            "voice=flite/slt, flite/rms",
            "encoder=mynah",
        ] {
            assert!(
                probe.contains(&format!("tag:{tag}\n")),
                "{format}: {tag} in {probe}"
            );
        }
    }
    let probe = probed(Format::Wav, &whole(&clip, Format::Wav));
    assert!(probe.contains("TAG:encoder=Mynah\n"), "{probe}");
    let comment = "TAG:comment=SYNTHETIC=1; ENGINE=flite; VOICE=flite/slt, flite/rms\n";
    assert!(probe.contains(comment), "{probe}");
}

#[test]
fn a_text_as_tag_name_is_not_stored() {
    let text = "please ring me on four two";
    let tags = Tags::new().engine(text).voice(text);
    for format in Format::ALL {
        let file = encode_whole(&voice(RATE, 480), format, &tags).expect("it is encoded");
        assert!(
            !file
                .windows(text.len())
                .any(|bytes| bytes == text.as_bytes()),
            "{format}"
        );
    }
}

#[test]
fn headers_state_true_totals() {
    let clip = voice(RATE, SAMPLES);
    let wav = whole(&clip, Format::Wav);
    assert_eq!(wav[4..8], (wav.len() as u32 - 8).to_le_bytes());
    let data = wav.len() - 2 * SAMPLES;
    assert_eq!(wav[data - 8..data - 4], *b"data");
    assert_eq!(wav[data - 4..data], (2 * SAMPLES as u32).to_le_bytes());
    for format in [Format::Wav, Format::Flac] {
        let probe = probed(format, &whole(&clip, format));
        assert!(
            probe.contains(&format!("duration_ts={SAMPLES}\n")),
            "{format}: {probe}"
        );
    }
    let mp3 = probed(Format::Mp3, &whole(&clip, Format::Mp3));
    assert!(
        mp3.contains("codec_name=mp3\n") && mp3.contains("bit_rate=96000\n"),
        "{mp3}"
    );
}

/// The Info frame states how much of the frames is audio: <http://gabriel.mp3-tech.org/mp3infotag.html>.
#[test]
fn mp3_states_its_delay_and_padding() {
    for samples in [0, 1, 500, 576, 4_321, SAMPLES] {
        let mp3 = whole(&voice(RATE, samples), Format::Mp3);
        let info = mp3
            .windows(4)
            .position(|four| four == b"Info")
            .expect("an Info frame");
        let frames = u32::from_be_bytes(mp3[info + 8..info + 12].try_into().expect("4")) as usize;
        let bytes = u32::from_be_bytes(mp3[info + 12..info + 16].try_into().expect("4")) as usize;
        let [a, b, c] = mp3[info + 141..info + 144].try_into().expect("3");
        let delay = (usize::from(a) << 4) + (usize::from(b) >> 4);
        let padding = (usize::from(b & 15) << 8) + usize::from(c);
        assert_eq!(frames * MP3_FRAME - delay - padding, samples);
        // 4 bytes of header and 9 of side information stand before it.
        assert_eq!(bytes, mp3.len() - (info - 13));
    }
}

/// The reference decoder checks the MD5 of all samples only on request.
#[test]
fn flac_states_the_checksum_of_its_samples() {
    let clip = voice(RATE, SAMPLES);
    let flac = whole(&clip, Format::Flac);
    let md5 = std::process::Command::new("md5sum")
        .stdin({
            let mut file = tempfile::tempfile().expect("a temporary file");
            std::io::Write::write_all(&mut file, &whole(&clip, Format::Pcm)).expect("written");
            std::io::Seek::rewind(&mut file).expect("rewound");
            file
        })
        .output()
        .expect("md5sum");
    // "fLaC", a block's header of 4 bytes, then STREAMINFO, whose last 16 bytes it is.
    let stated: String = flac[26..42]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    assert_eq!(stated, String::from_utf8_lossy(&md5.stdout)[..32]);
}
