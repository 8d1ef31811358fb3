//! How long the codec's decoder takes for a frame of 80 ms.
//!
//! ```sh
//! cargo run --release -p mynah-qwen3 --example codec_bench -- CHECKPOINT FRAMES CHUNK THREADS PRECISION [UTTERANCES]
//! ```

use std::path::PathBuf;
use std::time::{Duration, Instant};

use mynah_qwen3::codec::{CodecConfig, Decoder};
use mynah_qwen3::generate::{Frame, GROUPS};
use mynah_qwen3::kernels::{Precision, ThreadPool};
use mynah_qwen3::weights::{Loader, Weights};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args().skip(1);
    let mut next = |what: &str| args.next().ok_or(format!("give {what}"));
    let folder = PathBuf::from(next("a checkpoint's folder")?).join("speech_tokenizer");
    let frames: usize = next("how many frames")?.parse()?;
    let chunk: usize = next("frames a call")?.parse()?;
    let pool = ThreadPool::new(next("threads")?.parse()?);
    let precision: Precision = next("a precision")?.parse()?;
    let utterances: usize = next("utterances").map_or(Ok(1), |count| count.parse())?;

    let started = Instant::now();
    let config = CodecConfig::load(&folder)?;
    let weights = Weights::open(&folder)?;
    let loader = Loader {
        weights: &weights,
        packed: None,
        pool: &pool,
        precision,
        on_matrix: None,
    };
    let decoder = Decoder::load(&loader, &config)?;
    println!("loaded in {:.2?}", started.elapsed());

    let mut seed = 1_u64;
    let size = decoder.codebook_size() as u64;
    let codes: Vec<Frame> = (0..frames)
        .map(|_| {
            std::array::from_fn::<u16, GROUPS, _>(|_| {
                seed = seed
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1_442_695_040_888_963_407);
                ((seed >> 33) % size) as u16
            })
        })
        .collect();
    let mut work = decoder.workspace();
    let mut states = vec![decoder.state(); utterances];
    let mut times: Vec<Duration> = Vec::new();
    for codes in codes.chunks_exact(chunk) {
        let mut batch: Vec<_> = states.iter_mut().map(|state| (state, codes)).collect();
        let started = Instant::now();
        decoder.decode(&pool, &mut work, &mut batch)?;
        times.push(started.elapsed() / (chunk * utterances) as u32);
    }
    times.sort_unstable();
    if let (Some(best), Some(median)) = (times.first(), times.get(times.len() / 2)) {
        println!(
            "{precision}, {utterances} × {chunk} frames a call: best {best:.2?}, median {median:.2?} a frame"
        );
    }
    Ok(())
}
