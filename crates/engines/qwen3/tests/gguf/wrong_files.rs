//! Files that are whole and of no use: the error names the file, the tensor and what would do.

use std::path::Path;

use mynah_qwen3::gguf;
use mynah_qwen3::kernels::Precision;

use crate::builder::Builder;
use crate::{CODEC, LLAMA, MMPROJ, TALKER, copies, fixture, open, own};

fn fails(path: &Path, words: &[&str]) {
    let message = open(path, Precision::F32)
        .expect_err("of no use")
        .to_string();
    let name = path.file_name().expect("a name").to_str().expect("UTF-8");
    for word in [&[name][..], words].concat() {
        assert!(message.contains(word), "no {word:?} in: {message}");
    }
}

/// Replaces the only place of these bytes in a file.
fn patch(path: &Path, from: &[u8], to: &[u8]) {
    let mut bytes = std::fs::read(path).expect("a file");
    let places: Vec<_> = (0..bytes.len() - from.len())
        .filter(|at| bytes[*at..].starts_with(from))
        .collect();
    let [at] = places[..] else {
        panic!("{} places", places.len());
    };
    bytes[at..at + from.len()].copy_from_slice(to);
    std::fs::write(path, bytes).expect("a write");
}

/// A tensor's name and sizes as the header has them, and its format behind them.
fn described(name: &str, sizes: &[u64], format: u32) -> Vec<u8> {
    let mut bytes = name.as_bytes().to_vec();
    bytes.extend((sizes.len() as u32).to_le_bytes());
    bytes.extend(sizes.iter().flat_map(|size| size.to_le_bytes()));
    bytes.extend(format.to_le_bytes());
    bytes
}

#[test]
fn other_architectures_and_lone_codecs_are_refused() {
    let folder = copies(&[CODEC, MMPROJ]);
    let other = folder.path().join("other.gguf");
    let llama = Builder::default().string("general.architecture", "llama");
    std::fs::write(&other, llama.bytes()).expect("a write");
    fails(&other, &["\"llama\"", "qwen3-tts", "qwen3tts"]);
    std::fs::write(&other, Builder::default().bytes()).expect("a write");
    fails(&other, &["general.architecture"]);
    for codec in [CODEC, MMPROJ] {
        fails(&own(&folder, codec), &["name the talker's file"]);
    }
}

#[test]
fn a_missing_codec_is_an_error_that_names_it() {
    for (talker, words) in [
        (TALKER, ["codec", "qwen-tokenizer-12hz"]),
        (LLAMA, ["--mmproj", "models pull"]),
    ] {
        let folder = copies(&[talker]);
        fails(&own(&folder, talker), &words);
        // A codec of the other program is none.
        let other = if talker == LLAMA { CODEC } else { MMPROJ };
        std::fs::copy(fixture(other), own(&folder, other)).expect("a copy");
        fails(&own(&folder, talker), &words);
    }
}

#[test]
fn the_largest_of_several_codecs_is_used() {
    let folder = copies(&[TALKER, CODEC]);
    let bytes = std::fs::read(fixture(CODEC)).expect("a file");
    let longer = folder.path().join("a-longer.gguf");
    std::fs::write(&longer, [&bytes[..], &[0; 64]].concat()).expect("a write");
    std::fs::write(folder.path().join("damaged.gguf"), "GGUF").expect("a write");
    // The configuration of the larger one is not read where it is of no use.
    patch(
        &longer,
        b"qwen3-tts-tokenizer.decoder.head_dim",
        b"qwen3-tts-tokenizer.decoder.head_dxm",
    );
    let message = open(&own(&folder, TALKER), Precision::F32).expect_err("a codec");
    assert!(message.to_string().contains("a-longer.gguf"), "{message}");
}

#[test]
fn unread_formats_name_file_tensor_and_format() {
    let folder = copies(&[TALKER, CODEC]);
    let path = own(&folder, TALKER);
    let name = "talker.blk.1.ffn_down.weight";
    let sizes = [128, 64];
    patch(
        &path,
        &described(name, &sizes, 0),
        &described(name, &sizes, 10),
    );
    fails(&path, &[name, "down_proj", "Q2_K", "Q4_K"]);
    let error = gguf::open(&path)
        .expect("a file")
        .any(name)
        .expect_err("Q2_K");
    assert!(error.to_string().contains("convert"), "{error}");
}

#[test]
fn missing_metadata_and_tensors_are_named() {
    let folder = copies(&[TALKER, CODEC]);
    let path = own(&folder, TALKER);
    patch(&path, b"qwen3-tts.codec.bos_id", b"qwen3-tts.codec.bxs_id");
    fails(&path, &["qwen3-tts.codec.bos_id"]);

    let folder = copies(&[TALKER, CODEC]);
    let path = own(&folder, TALKER);
    patch(
        &path,
        b"talker.blk.2.attn_k.weight",
        b"talker.blk.2.attn_x.weight",
    );
    fails(
        &path,
        &["talker.model.layers.2.self_attn.k_proj.weight", "missing"],
    );

    let folder = copies(&[LLAMA, MMPROJ]);
    let path = own(&folder, LLAMA);
    patch(&path, b"<|codec_bos|>", b"<|codec_bxs|>");
    fails(&path, &["<|codec_bos|>"]);
}

#[test]
fn truncated_files_are_errors() {
    for (talker, codec) in [(TALKER, CODEC), (LLAMA, MMPROJ)] {
        let bytes = std::fs::read(fixture(talker)).expect("a file");
        let folder = copies(&[talker, codec]);
        for keep in [bytes.len() - 1, bytes.len() / 2, 1000, 10] {
            std::fs::write(own(&folder, talker), &bytes[..keep]).expect("a write");
            fails(&own(&folder, talker), &["download it again"]);
        }
    }
}
