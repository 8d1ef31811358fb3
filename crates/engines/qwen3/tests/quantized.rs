//! What rounding the weights costs, on a checkpoint as wide as the released ones and two layers
//! deep: the codes that each model would choose, with the f32 model's codes before them.

mod common;
#[path = "common/teacher_forced.rs"]
mod teacher_forced;

use std::path::Path;

use common::{checkpoint, copy};
use half::bf16;
use mynah_qwen3::kernels::Precision;
use mynah_qwen3::model::{Model, Options};
use mynah_qwen3::request::{Method, Request, SamplingOverrides};
use mynah_qwen3::sample::Random;
use safetensors::tensor::{Dtype, TensorView};
use serde_json::{Value, json};
use teacher_forced::{choices, sampled_codes};

const WIDTH: usize = 1024;
const INNER: usize = 3072;
const LAYERS: usize = 2;
const FRAMES: usize = 16;

/// The tiny checkpoint with wide, shallow language models of random numbers.
fn wide(folder: &Path) {
    let tiny = checkpoint("tiny-custom_voice");
    copy(&tiny, folder);
    let text = std::fs::read(tiny.join("config.json")).expect("a configuration");
    let mut config: Value = serde_json::from_slice(&text).expect("JSON");
    let talker = &mut config["talker_config"];
    let sizes = json!({
        "hidden_size": WIDTH, "intermediate_size": INNER, "num_hidden_layers": LAYERS,
        "num_attention_heads": 16, "num_key_value_heads": 8, "head_dim": 128,
    });
    for (key, size) in sizes.as_object().expect("sizes") {
        talker[key] = size.clone();
        talker["code_predictor_config"][key] = size.clone();
    }
    talker["rope_scaling"]["mrope_section"] = json!([24, 20, 20]);
    std::fs::write(folder.join("config.json"), config.to_string()).expect("a write");

    let text_hidden = config["talker_config"]["text_hidden_size"]
        .as_u64()
        .expect("a size") as usize;
    let tokens = config["talker_config"]["text_vocab_size"]
        .as_u64()
        .expect("a size") as usize;
    let codes = config["talker_config"]["vocab_size"]
        .as_u64()
        .expect("a size") as usize;
    let others = config["talker_config"]["code_predictor_config"]["vocab_size"].as_u64();
    let others = others.expect("a size") as usize;

    let mut tensors = Tensors::default();
    for (prefix, heads) in [("talker.model", 0), ("talker.code_predictor.model", 15)] {
        for layer in 0..LAYERS {
            let name = |part: &str| format!("{prefix}.layers.{layer}.{part}.weight");
            for norm in ["input_layernorm", "post_attention_layernorm"] {
                tensors.norm(name(norm), WIDTH);
            }
            for norm in ["self_attn.q_norm", "self_attn.k_norm"] {
                tensors.norm(name(norm), 128);
            }
            for (part, rows, cols) in [
                ("self_attn.q_proj", 2048, WIDTH),
                ("self_attn.k_proj", 1024, WIDTH),
                ("self_attn.v_proj", 1024, WIDTH),
                ("self_attn.o_proj", WIDTH, 2048),
                ("mlp.gate_proj", INNER, WIDTH),
                ("mlp.up_proj", INNER, WIDTH),
                ("mlp.down_proj", WIDTH, INNER),
            ] {
                tensors.matrix(name(part), rows, cols);
            }
        }
        tensors.norm(format!("{prefix}.norm.weight"), WIDTH);
        for head in 0..heads {
            tensors.table(
                format!("{prefix}.codec_embedding.{head}.weight"),
                others,
                WIDTH,
            );
            tensors.matrix(
                format!("talker.code_predictor.lm_head.{head}.weight"),
                others,
                WIDTH,
            );
        }
    }
    tensors.table(
        "talker.model.text_embedding.weight".into(),
        tokens,
        text_hidden,
    );
    tensors.table("talker.model.codec_embedding.weight".into(), codes, WIDTH);
    tensors.matrix("talker.codec_head.weight".into(), codes, WIDTH);
    for (part, rows) in [("linear_fc1", text_hidden), ("linear_fc2", WIDTH)] {
        tensors.matrix(
            format!("talker.text_projection.{part}.weight"),
            rows,
            text_hidden,
        );
        tensors.norm(format!("talker.text_projection.{part}.bias"), rows);
    }
    tensors.save(&folder.join("model.safetensors"));
}

/// Random tensors in bf16, as released ones are.
struct Tensors {
    random: Random,
    all: Vec<(String, Vec<usize>, Vec<u8>)>,
}

impl Default for Tensors {
    fn default() -> Self {
        Self {
            random: Random::new(20, 0),
            all: Vec::new(),
        }
    }
}

impl Tensors {
    /// A sum of four uniform numbers is near enough to a normal one; its deviation is `spread`.
    fn put(&mut self, name: String, shape: &[usize], mean: f64, spread: f64) {
        let numbers: usize = shape.iter().product();
        let mut bytes = Vec::with_capacity(2 * numbers);
        for _ in 0..numbers {
            let sum: f64 = (0..4).map(|_| self.random.unit() - 0.5).sum();
            let number = mean + sum * 3.0_f64.sqrt() * spread;
            bytes.extend(bf16::from_f64(number).to_le_bytes());
        }
        self.all.push((name, shape.to_vec(), bytes));
    }

    fn matrix(&mut self, name: String, rows: usize, cols: usize) {
        self.put(name, &[rows, cols], 0.0, 1.0 / (cols as f64).sqrt());
    }

    fn table(&mut self, name: String, rows: usize, cols: usize) {
        self.put(name, &[rows, cols], 0.0, 1.0);
    }

    fn norm(&mut self, name: String, size: usize) {
        self.put(name, &[size], 1.0, 0.1);
    }

    fn save(&self, path: &Path) {
        let views = self.all.iter().map(|(name, shape, bytes)| {
            let view = TensorView::new(Dtype::BF16, shape.clone(), bytes).expect("a tensor");
            (name.clone(), view)
        });
        safetensors::serialize_to_file(views, None, path).expect("a write");
    }
}

fn open(folder: &Path, precision: Precision) -> Model {
    let options = Options {
        precision,
        threads: Some(2),
        ..Options::default()
    };
    Model::open(folder, &options, &mut |_| ()).expect("a checkpoint")
}

fn request(seed: u64) -> Request {
    let method = Method::CustomVoice {
        speaker: Some("ryan".into()),
        instruct: None,
    };
    Request {
        sampling: SamplingOverrides {
            seed: Some(seed),
            min_frames: Some(FRAMES),
            max_frames: Some(FRAMES),
            ..SamplingOverrides::default()
        },
        ..Request::new("Hello, world. This is a test.", method)
    }
}

#[test]
fn int8_samples_the_same_codes_as_f32() {
    let folder = tempfile::tempdir().expect("a folder");
    wide(folder.path());
    let exact = open(folder.path(), Precision::F32);
    let requests: Vec<_> = (0..3).map(request).collect();
    let frames: Vec<_> = requests
        .iter()
        .map(|one| sampled_codes(&exact, one, FRAMES))
        .collect();
    let wanted: Vec<_> = requests
        .iter()
        .zip(&frames)
        .map(|(one, frames)| choices(&exact, one, frames))
        .collect();
    for (precision, least) in [
        (Precision::Bf16, 0.95),
        (Precision::Int8, 0.95),
        (Precision::Int4, 0.5),
    ] {
        let rounded = open(folder.path(), precision);
        let mut same = 0;
        let mut all = 0;
        for ((one, frames), wanted) in requests.iter().zip(&frames).zip(&wanted) {
            let got = choices(&rounded, one, frames);
            same += got.iter().zip(wanted).filter(|(a, b)| a == b).count();
            all += wanted.len();
        }
        let share = same as f64 / all as f64;
        println!("{precision}: {:.1} % of {all} choices", 100.0 * share);
        assert!(share >= least, "{precision}: {share}");
    }
}
