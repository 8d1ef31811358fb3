//! Every case that was dumped, through the engine's own trace: the numbers of the official package.

mod common;

use std::path::Path;

use common::{CHECKPOINTS, checkpoint};
use mynah_qwen3::kernels::Precision;
use mynah_qwen3::model::{Model, Options};
use mynah_qwen3::trace::{Tensors, TraceRequest};

/// Relative to the largest number of a tensor.
const TOLERANCE: f32 = 1e-4;

fn open(name: &str) -> Model {
    let options = Options {
        precision: Precision::F32,
        threads: Some(2),
        ..Options::default()
    };
    Model::open(&checkpoint(name), &options, &mut |_| ()).expect(name)
}

/// The request that made a dump: its JSON holds the official call's arguments.
fn request(name: &str, case: &str) -> serde_json::Value {
    let path = checkpoint(name).join(format!("{case}.json"));
    let mut request: serde_json::Value =
        serde_json::from_slice(&std::fs::read(path).expect(case)).expect(case);
    request["greedy"] = true.into();
    request["frames"] = 8.into();
    request["method"] = match name.rsplit_once('-') {
        Some((_, "base")) => "voice_clone",
        Some((_, kind)) => kind,
        None => unreachable!(),
    }
    .into();
    if name.ends_with("base") {
        request["inputs"] = "clone_prompt.safetensors".into();
        if case == "xvec" {
            request["x_vector_only_mode"] = true.into();
        } else {
            request["ref_text"] = "A reference text.".into();
        }
    }
    request
}

/// The cases that a checkpoint's own kind of request makes.
fn cases(name: &str) -> Vec<String> {
    let files = std::fs::read_dir(checkpoint(name)).expect(name);
    let mut cases: Vec<_> = files
        .map(|file| file.expect(name).file_name().into_string().expect(name))
        .filter_map(|file| file.strip_suffix(".safetensors").map(str::to_owned))
        .filter(|case| case != "model" && case != "clone_prompt" && !case.starts_with("codec_"))
        .collect();
    cases.sort();
    cases
}

/// Compares all tensors of a dump that the trace has too, and returns how many.
fn compare(case: &str, official: &Tensors, ours: &Tensors) -> usize {
    let mut compared = 0;
    for name in official.names() {
        if let (Some((shape, wanted)), Some((own, got))) =
            (official.integers(name), ours.integers(name))
        {
            assert_eq!(shape, own, "{case} {name}");
            assert_eq!(wanted, got, "{case} {name}");
            compared += 1;
        }
        let (Some((shape, wanted)), Some((own, mut got))) =
            (official.numbers(name), ours.numbers(name))
        else {
            continue;
        };
        assert_eq!(shape, own, "{case} {name}");
        let mut wanted = wanted;
        if name == "talker.logits.0" {
            // Padding positions of a batch are unspecified; ours are zeros.
            for (wanted, got) in wanted.iter_mut().zip(&mut got) {
                if *got == 0.0 {
                    *wanted = 0.0;
                }
            }
        }
        let abs_max = wanted.iter().fold(0.0_f32, |most, x| most.max(x.abs()));
        let worst = wanted
            .iter()
            .zip(&got)
            .fold(0.0_f32, |most, (a, b)| most.max((a - b).abs()));
        // The tiny codec's samples go far beyond ±1 before they are cut, and so do its rounding
        // errors, also between two runs of the official package: tests/codec compares more closely.
        if name.starts_with("wav") {
            let off: f32 = wanted.iter().zip(&got).map(|(a, b)| (a - b).abs()).sum();
            assert!(off / got.len() as f32 <= TOLERANCE, "{case} {name}: {off}");
        } else {
            assert!(
                worst <= TOLERANCE * abs_max,
                "{case} {name}: {worst} of {abs_max}"
            );
        }
        compared += 1;
    }
    compared
}

#[test]
fn every_case_has_the_official_tensors() {
    for name in CHECKPOINTS {
        let model = open(name);
        for case in cases(name) {
            let path = checkpoint(name).join(format!("{case}.safetensors"));
            let official = Tensors::load(Path::new(&path)).expect(&case);
            let request = request(name, &case).to_string();
            let request = TraceRequest::parse(request.as_bytes()).expect(&case);
            let ours = request.run(&model, &checkpoint(name)).expect(&case);
            let label = format!("{name} {case}");
            let compared = compare(&label, &official, &ours);
            assert!(
                compared >= 8,
                "{label}: only {compared} tensors were compared"
            );
        }
    }
}

#[test]
fn clone_prompts_have_the_official_tensors() {
    for name in ["tiny-base", "tiny17-base"] {
        let model = open(name);
        let json = r#"{"method": "clone_prompt", "inputs": "clone_prompt.safetensors"}"#;
        let request = TraceRequest::parse(json.as_bytes()).expect("a request");
        let ours = request.run(&model, &checkpoint(name)).expect(name);
        let official = Tensors::load(&checkpoint(name).join("clone_prompt.safetensors"));
        assert_eq!(compare(name, &official.expect(name), &ours), 3, "{name}");
    }
}

#[test]
fn codes_are_decoded_without_a_request() {
    let model = open("tiny-base");
    for case in ["codec_short", "codec_chunked"] {
        let json = format!(r#"{{"method": "codec_decode", "inputs": "{case}.safetensors"}}"#);
        let request = TraceRequest::parse(json.as_bytes()).expect("a request");
        let ours = request.run(&model, &checkpoint("tiny-base")).expect(case);
        let official = Tensors::load(&checkpoint("tiny-base").join(format!("{case}.safetensors")));
        assert_eq!(compare(case, &official.expect(case), &ours), 1, "{case}");
    }
}
