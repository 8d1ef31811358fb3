//! A decoder of a tiny checkpoint, codes for it, and how two sounds are compared.

use std::path::Path;

use mynah_qwen3::Qwen3Error;
use mynah_qwen3::codec::{CodecConfig, Decoder};
use mynah_qwen3::generate::{Frame, GROUPS};
use mynah_qwen3::kernels::{Precision, ThreadPool};
use mynah_qwen3::weights::{Loader, Weights};

use crate::common::{Case, checkpoint, integers};

/// A decoder and its thread pool.
pub(crate) struct Bench {
    pub(crate) pool: ThreadPool,
    pub(crate) decoder: Decoder,
}

impl Bench {
    pub(crate) fn open(checkpoint_name: &str, precision: Precision, threads: usize) -> Self {
        let folder = checkpoint(checkpoint_name).join("speech_tokenizer");
        Self::of(&folder, precision, threads).unwrap()
    }

    pub(crate) fn of(
        folder: &Path,
        precision: Precision,
        threads: usize,
    ) -> Result<Self, Qwen3Error> {
        let pool = ThreadPool::new(threads);
        let weights = Weights::open(folder)?;
        let loader = Loader {
            weights: &weights,
            packed: None,
            pool: &pool,
            precision,
            on_matrix: None,
        };
        let decoder = Decoder::load(&loader, &CodecConfig::load(folder)?)?;
        Ok(Self { pool, decoder })
    }

    /// Frames of one utterance in calls of these sizes, again and again.
    pub(crate) fn streamed(&self, frames: &[Frame], sizes: &[usize]) -> Vec<f32> {
        let mut state = self.decoder.state();
        let mut work = self.decoder.workspace();
        let mut samples = Vec::new();
        let mut rest = frames;
        for size in sizes.iter().cycle() {
            if rest.is_empty() {
                break;
            }
            let (now, later) = rest.split_at((*size).min(rest.len()));
            rest = later;
            let batch = &mut [(&mut state, now)];
            let decoded = self.decoder.decode(&self.pool, &mut work, batch).unwrap();
            samples.extend_from_slice(&decoded[0]);
        }
        assert_eq!(state.frames(), frames.len());
        samples
    }

    pub(crate) fn whole(&self, frames: &[Frame]) -> Vec<f32> {
        self.streamed(frames, &[frames.len().max(1)])
    }

    /// The largest sample before it is cut to ±1.
    pub(crate) fn loudest(&self, frames: &[Frame]) -> f32 {
        let (mut state, mut work) = (self.decoder.state(), self.decoder.workspace());
        let mut loudest = 0.0;
        self.decoder
            .decode_observed(
                &self.pool,
                &mut work,
                &mut [(&mut state, frames)],
                &mut |stage, rows| {
                    if stage == "decoder6" {
                        loudest = abs_max(rows).max(loudest);
                    }
                },
            )
            .unwrap();
        loudest
    }

    pub(crate) fn official(&self, frames: &[Frame]) -> Vec<f32> {
        let mut work = self.decoder.workspace();
        self.decoder
            .decode_official(&self.pool, &mut work, frames)
            .unwrap()
    }
}

/// Codes of a case, as `frames × 16`.
pub(crate) fn codes(checkpoint_name: &str, case: &str, name: &str) -> Vec<Frame> {
    let path = checkpoint(checkpoint_name).join(format!("{case}.safetensors"));
    let (codes, shape) = integers(&path, name);
    assert_eq!(shape[1], GROUPS);
    codes
        .chunks_exact(GROUPS)
        .map(|frame| std::array::from_fn(|group| frame[group].try_into().unwrap()))
        .collect()
}

/// Any codes, the same for a seed.
pub(crate) fn some_codes(frames: usize, size: usize, seed: u64) -> Vec<Frame> {
    let mut state = seed;
    let mut next = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        ((state >> 33) as usize % size) as u16
    };
    (0..frames)
        .map(|_| std::array::from_fn(|_| next()))
        .collect()
}

/// All numbers are near, in units of `unit`.
pub(crate) fn assert_close(what: &str, ours: &[f32], theirs: &[f32], tolerance: f32, unit: f32) {
    assert_eq!(ours.len(), theirs.len(), "{what}");
    let differences = ours.iter().zip(theirs).map(|(a, b)| (a - b).abs());
    let worst = differences.fold(0.0, f32::max) / unit;
    assert!(worst <= tolerance, "{what}: off by {worst} of {unit}");
}

pub(crate) fn abs_max(numbers: &[f32]) -> f32 {
    numbers.iter().fold(0.0, |most, x| most.max(x.abs()))
}

pub(crate) fn same_bits(a: &[f32], b: &[f32]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.to_bits() == b.to_bits())
}

/// The tiny codec with a quieter vocoder, as `parity/codec_calm.py` makes it.
pub(crate) fn calm() -> tempfile::TempDir {
    let source = checkpoint("tiny-base").join("speech_tokenizer");
    let folder = tempfile::tempdir().unwrap();
    std::fs::copy(
        source.join("config.json"),
        folder.path().join("config.json"),
    )
    .unwrap();
    let bytes = std::fs::read(source.join("model.safetensors")).unwrap();
    let file = safetensors::SafeTensors::deserialize(&bytes).unwrap();
    let scale = Case::open("tiny-base", "codec_calm").request["scale"]
        .as_f64()
        .unwrap() as f32;
    let tensors: Vec<_> = file
        .tensors()
        .into_iter()
        .filter(|(name, _)| name.starts_with("decoder."))
        .map(|(name, view)| {
            let quieter = name.starts_with("decoder.decoder.") && name.ends_with("conv.weight");
            let scale = if quieter { scale } else { 1.0 };
            let (numbers, _) = view.data().as_chunks::<4>();
            let bytes: Vec<u8> = numbers
                .iter()
                .flat_map(|number| (f32::from_le_bytes(*number) * scale).to_le_bytes())
                .collect();
            (name, view.dtype(), view.shape().to_vec(), bytes)
        })
        .collect();
    let views = tensors.iter().map(|(name, dtype, shape, bytes)| {
        let view = safetensors::tensor::TensorView::new(*dtype, shape.clone(), bytes).unwrap();
        (name, view)
    });
    safetensors::serialize_to_file(views, None, &folder.path().join("model.safetensors")).unwrap();
    folder
}
