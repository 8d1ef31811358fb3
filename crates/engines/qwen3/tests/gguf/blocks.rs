//! Every format of numbers, against what the Python package `gguf` makes of the same bytes.

use mynah_qwen3::gguf;
use proptest::prelude::*;

use crate::fixture;

const FORMATS: [&str; 7] = ["f16", "bf16", "q8_0", "q4_0", "q4_k", "q5_k", "q6_k"];

/// Each tensor of blocks is so large.
const SHAPE: [usize; 2] = [3, 512];

#[test]
fn dequantized_numbers_equal_those_of_the_gguf_package() {
    let weights = gguf::open(&fixture("blocks.gguf")).expect("a file");
    for format in FORMATS {
        let ours = weights.vector(format, &SHAPE).expect(format);
        let expected = format!("{format}.expected");
        let expected = weights.vector(&expected, &SHAPE).expect(format);
        let bits = |numbers: &[f32]| numbers.iter().map(|x| x.to_bits()).collect::<Vec<u32>>();
        assert_eq!(bits(&ours), bits(&expected), "{format}");
        assert!(ours.iter().any(|x| *x != 0.0), "{format}");
    }
}

proptest! {
    #[test]
    fn any_part_of_a_tensor_is_read(
        format in prop::sample::select(&FORMATS[..]),
        start in 0_usize..1536,
        count in 0_usize..700,
        step in 1_usize..40,
    ) {
        let weights = gguf::open(&fixture("blocks.gguf")).expect("a file");
        let tensor = weights.tensor(format, &SHAPE).expect(format);
        let all = tensor.to_vec();
        prop_assert_eq!(all.len(), 1536);
        let mut out = vec![0.0; count.min(all.len() - start)];
        tensor.read(start, &mut out);
        prop_assert_eq!(&out[..], &all[start..start + out.len()]);
        let expected: Vec<f32> = all[start..].iter().copied().step_by(step).take(count).collect();
        let mut out = vec![0.0; expected.len()];
        tensor.read_strided(start, step, &mut out);
        prop_assert_eq!(out, expected);
    }
}
