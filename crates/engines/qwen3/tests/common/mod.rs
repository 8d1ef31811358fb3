//! The tiny checkpoints and what was computed on them: see `parity/README.md`.
#![allow(dead_code, reason = "each test uses its part")]

mod checkpoints;
pub(crate) mod engines;
pub(crate) mod loud;

pub(crate) use checkpoints::*;

/// A request for a preset voice.
pub(crate) fn preset_request() -> mynah_speech::SpeechRequest {
    mynah_speech::SpeechRequest {
        text: "Hello.".into(),
        voice: "qwen3/ryan".parse().expect("a voice"),
        language: mynah_speech::Language::english(),
        instruct: None,
        reference: None,
        seed: Some(1),
    }
}

/// Every tiny checkpoint.
pub(crate) const CHECKPOINTS: [&str; 5] = [
    "tiny-base",
    "tiny-custom_voice",
    "tiny17-base",
    "tiny17-custom_voice",
    "tiny17-voice_design",
];

/// What the official package computed for a case: the tensors, and the request.
pub(crate) struct Case {
    pub(crate) request: serde_json::Value,
    tensors: mynah_qwen3::weights::Weights,
}

impl Case {
    pub(crate) fn open(checkpoint_name: &str, case: &str) -> Self {
        let folder = checkpoint(checkpoint_name);
        let text = std::fs::read(folder.join(format!("{case}.json"))).expect(case);
        let tensors = folder.join(format!("{case}.safetensors"));
        Self {
            request: serde_json::from_slice(&text).expect(case),
            tensors: mynah_qwen3::weights::Weights::open_files(vec![tensors]).expect(case),
        }
    }

    /// Whether the case has this tensor.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.tensors.has(name)
    }

    /// A tensor's numbers and shape.
    pub(crate) fn tensor(&self, name: &str) -> (Vec<f32>, Vec<usize>) {
        let tensor = self.tensors.any(name).expect(name);
        (tensor.to_vec(), tensor.shape().to_vec())
    }
}

/// A tensor of whole numbers, which the engine itself never reads.
pub(crate) fn integers(path: &std::path::Path, name: &str) -> (Vec<i64>, Vec<usize>) {
    let bytes = std::fs::read(path).expect("the case is there");
    let file = safetensors::SafeTensors::deserialize(&bytes).expect("safetensors");
    let view = file.tensor(name).expect(name);
    assert_eq!(view.dtype(), safetensors::Dtype::I64, "{name}");
    let (words, _) = view.data().as_chunks::<8>();
    let numbers = words.iter().map(|word| i64::from_le_bytes(*word)).collect();
    (numbers, view.shape().to_vec())
}

/// The largest difference, as a share of the largest number.
pub(crate) fn difference(ours: &[f32], theirs: &[f32]) -> f32 {
    assert_eq!(ours.len(), theirs.len());
    let most = theirs.iter().fold(0.0_f32, |most, x| most.max(x.abs()));
    let pairs = ours.iter().zip(theirs);
    pairs.fold(0.0_f32, |worst, (a, b)| worst.max((a - b).abs())) / most
}

/// From channels by time to time by channels.
pub(crate) fn transposed(numbers: &[f32], rows: usize) -> Vec<f32> {
    let cols = numbers.len() / rows;
    let at = (0..cols).flat_map(|col| (0..rows).map(move |row| row * cols + col));
    at.map(|at| numbers[at]).collect()
}
