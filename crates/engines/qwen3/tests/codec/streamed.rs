//! The samples do not depend on the split into calls, on the batch, or on the threads.

use std::cell::RefCell;
use std::collections::BTreeSet;

use mynah_qwen3::codec::{CodecConfig, CodecState, Decoder};
use mynah_qwen3::kernels::{Matrix, Precision, ThreadPool};
use mynah_qwen3::weights::{Loader, Packed, PackedWriter, Weights};

use crate::bench::{Bench, same_bits, some_codes};
use crate::common::checkpoint;

#[test]
fn samples_do_not_depend_on_the_split_into_calls() {
    for precision in [Precision::F32, Precision::Bf16] {
        let bench = Bench::open("tiny-base", precision, 2);
        let frames = some_codes(61, bench.decoder.codebook_size(), 3);
        let whole = bench.whole(&frames);
        assert_eq!(whole.len(), 61 * 1920);
        assert!(whole.iter().any(|x| x.abs() > 0.01), "it is not silent");
        for sizes in [&[1][..], &[2, 7, 1], &[3, 0, 20], &[8], &[1, 30, 5]] {
            assert!(
                same_bits(&bench.streamed(&frames, sizes), &whole),
                "{precision} {sizes:?}"
            );
        }
    }
}

#[test]
fn samples_do_not_depend_on_the_batch() {
    for precision in [Precision::F32, Precision::Bf16] {
        let bench = Bench::open("tiny17-base", precision, 2);
        let size = bench.decoder.codebook_size();
        let utterances: Vec<_> = [(23, 1), (4, 2), (17, 3)]
            .map(|(frames, seed)| some_codes(frames, size, seed))
            .into();
        let mut states: Vec<CodecState> =
            utterances.iter().map(|_| bench.decoder.state()).collect();
        let mut work = bench.decoder.workspace();
        let mut together = vec![Vec::new(); utterances.len()];
        // Each advances at its own pace, and is silent when it is over.
        let mut at = [0, 0, 0];
        for call in 0..30 {
            let mut batch = Vec::new();
            for (number, state) in states.iter_mut().enumerate() {
                let frames = &utterances[number];
                let end = (at[number] + (call + number) % 3).min(frames.len());
                batch.push((state, &frames[at[number]..end]));
                at[number] = end;
            }
            let decoded = bench
                .decoder
                .decode(&bench.pool, &mut work, &mut batch)
                .unwrap();
            for (all, new) in together.iter_mut().zip(decoded) {
                all.extend(new);
            }
        }
        for (frames, together) in utterances.iter().zip(&together) {
            assert!(same_bits(&bench.whole(frames), together), "{precision}");
        }
    }
}

#[test]
fn samples_do_not_depend_on_the_thread_count() {
    let [one, two] = [1, 2].map(|threads| Bench::open("tiny-base", Precision::Bf16, threads));
    let frames = some_codes(12, one.decoder.codebook_size(), 5);
    assert!(same_bits(&one.whole(&frames), &two.whole(&frames)));
}

#[test]
fn packed_matrices_give_the_same_samples() {
    let folder = checkpoint("tiny-base").join("speech_tokenizer");
    let bench = Bench::open("tiny-base", Precision::Bf16, 2);
    let frames = some_codes(5, bench.decoder.codebook_size(), 5);
    let config = CodecConfig::load(&folder).unwrap();
    let weights = Weights::open(&folder).unwrap();
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("packed");

    let writer = RefCell::new(PackedWriter::create(&file, "tiny").unwrap());
    let names = RefCell::new(BTreeSet::new());
    let made = |name: &str, matrix: &Matrix| {
        assert!(names.borrow_mut().insert(name.to_owned()), "{name} twice");
        writer.borrow_mut().add(name, matrix)
    };
    let loader = Loader {
        weights: &weights,
        packed: None,
        pool: &bench.pool,
        // What a language model may have; the codec makes bf16 of it.
        precision: Precision::Int4,
        on_matrix: Some(&made),
    };
    Decoder::load(&loader, &config).unwrap();
    writer.into_inner().finish().unwrap();

    let packed = Packed::open(&file, "tiny").unwrap().unwrap();
    let loader = Loader {
        weights: &weights,
        packed: Some(&packed),
        pool: &bench.pool,
        precision: Precision::Bf16,
        on_matrix: None,
    };
    let decoder = Decoder::load(&loader, &config).unwrap();
    let pool = ThreadPool::new(1);
    let again = Bench { pool, decoder };
    assert!(same_bits(&bench.whole(&frames), &again.whole(&frames)));
}
