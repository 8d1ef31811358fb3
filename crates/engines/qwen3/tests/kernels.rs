//! Kernels against exact sums, on random shapes.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use mynah_qwen3::kernels::{Isa, Matrix, PackedActivations, Precision, Shape, ThreadPool};
use proptest::prelude::*;

/// Numbers that look normal, from a seed (`SplitMix64`).
struct Random(u64);

impl Random {
    fn number(&mut self) -> f32 {
        let mut uniform = || {
            self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
            let mut z = self.0;
            z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
            ((z ^ (z >> 31)) >> 40) as f32 / (1_u64 << 24) as f32
        };
        (0..12).map(|_| uniform()).sum::<f32>() - 6.0
    }

    fn numbers(&mut self, count: usize) -> Vec<f32> {
        (0..count).map(|_| self.number()).collect()
    }
}

/// A matrix, inputs, and the rows that they were made of.
struct Case {
    matrix: Matrix,
    input: PackedActivations,
    offsets: Vec<usize>,
    columns: usize,
    /// The inputs before they were rounded.
    numbers: Vec<f32>,
    pool: ThreadPool,
}

fn case(precision: Precision, shape: Shape, columns: usize, seed: u64, threads: usize) -> Case {
    let mut random = Random(seed);
    let weights = random.numbers(shape.rows * shape.taps * shape.cols);
    let bias = random.numbers(shape.rows);
    let offsets: Vec<usize> = (0..shape.taps).map(|tap| tap * 3).collect();
    let rows = columns + offsets.last().unwrap();
    let numbers = random.numbers(rows * shape.cols);
    let pool = ThreadPool::new(threads);
    let matrix = Matrix::pack(&pool, precision, shape, &|row, tap, out| {
        let from = (row * shape.taps + tap) * shape.cols;
        out.copy_from_slice(&weights[from..from + shape.cols]);
    })
    .with_bias(bias);
    let mut input = matrix.activations();
    input.push(&numbers);
    Case {
        matrix,
        input,
        offsets,
        columns,
        numbers,
        pool,
    }
}

impl Case {
    fn product(&self, isa: Isa) -> Vec<f32> {
        let mut out = vec![f32::NAN; self.columns * self.matrix.shape().rows];
        self.matrix
            .convolve_with(isa, &self.pool, &self.input, &self.offsets, &mut out);
        out
    }

    /// The product in f64 of what the packed weights stand for, with the inputs as rounded or not.
    fn exact(&self, rounded: bool) -> Vec<f64> {
        let Shape { rows, taps, cols } = self.matrix.shape();
        let inputs: Vec<Vec<f32>> = (0..self.input.rows())
            .map(|row| {
                if rounded {
                    self.input.dequantize(row)
                } else {
                    self.numbers[row * cols..(row + 1) * cols].to_vec()
                }
            })
            .collect();
        let zero = self.matrix.clone().with_bias(vec![0.0; rows]);
        let bias: Vec<f32> = {
            let mut silent = self.matrix.activations();
            silent.push_zeros(self.offsets.last().unwrap() + 1);
            let mut out = vec![0.0; rows];
            self.matrix
                .convolve_with(Isa::Portable, &self.pool, &silent, &self.offsets, &mut out);
            out
        };
        let mut out = Vec::new();
        let weights: Vec<Vec<Vec<f32>>> = (0..rows)
            .map(|row| (0..taps).map(|tap| zero.row(row, tap)).collect())
            .collect();
        for column in 0..self.columns {
            for row in 0..rows {
                let mut sum = f64::from(bias[row]);
                for (tap, offset) in self.offsets.iter().enumerate() {
                    let input = &inputs[column + offset];
                    sum += weights[row][tap]
                        .iter()
                        .zip(input)
                        .map(|(w, x)| f64::from(*w) * f64::from(*x))
                        .sum::<f64>();
                }
                out.push(sum);
            }
        }
        out
    }
}

fn relative_error(got: &[f32], exact: &[f64]) -> f64 {
    let error: f64 = got
        .iter()
        .zip(exact)
        .map(|(got, exact)| (f64::from(*got) - exact).powi(2))
        .sum();
    let size: f64 = exact.iter().map(|exact| exact * exact).sum();
    (error / size.max(f64::MIN_POSITIVE)).sqrt()
}

fn here() -> impl Iterator<Item = Isa> {
    [Isa::Portable, Isa::Neon, Isa::Avx2, Isa::Avx512]
        .into_iter()
        .filter(|isa| isa.is_available())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn every_kernel_is_exact(
        rows in 1_usize..90, taps in 1_usize..4, cols in 1_usize..300, columns in 1_usize..40,
        precision in prop::sample::select(Precision::ALL.to_vec()), threads in 1_usize..4, seed: u64,
    ) {
        let case = case(precision, Shape { rows, taps, cols }, columns, seed, threads);
        let exact = case.exact(true);
        for isa in here() {
            let error = relative_error(&case.product(isa), &exact);
            prop_assert!(error < 1e-5, "{} {}: {error}", isa.as_str(), precision);
        }
    }

    #[test]
    fn rows_do_not_depend_on_other_rows_or_threads(
        rows in 1_usize..200, cols in 1_usize..300, columns in 2_usize..30,
        precision in prop::sample::select(Precision::ALL.to_vec()), seed: u64,
    ) {
        let shape = Shape::plain(rows, cols);
        let together = case(precision, shape, columns, seed, 1);
        let many = case(precision, shape, columns, seed, 3);
        for isa in here() {
            let all = together.product(isa);
            prop_assert_eq!(&all, &many.product(isa));
            for column in 0..columns {
                let mut alone = together.matrix.activations();
                alone.push(&together.numbers[column * cols..(column + 1) * cols]);
                let mut out = vec![f32::NAN; rows];
                together.matrix.convolve_with(isa, &many.pool, &alone, &[0], &mut out);
                prop_assert_eq!(&out[..], &all[column * rows..(column + 1) * rows]);
            }
        }
    }
}

#[test]
fn integer_formats_are_bit_identical_on_all_instruction_sets() {
    for precision in [Precision::Int8, Precision::Int4] {
        let case = case(precision, Shape::plain(100, 1000), 5, 11, 2);
        let portable = case.product(Isa::Portable);
        for isa in here() {
            assert_eq!(portable, case.product(isa), "{} {precision}", isa.as_str());
        }
    }
}

#[test]
fn rounding_of_inputs_is_bounded() {
    for (precision, bound) in [
        (Precision::F32, 1e-6),
        (Precision::Bf16, 3e-3),
        (Precision::Int8, 1e-3),
        (Precision::Int4, 1e-3),
    ] {
        let case = case(precision, Shape::plain(256, 1024), 4, 5, 2);
        let error = relative_error(&case.product(Isa::best()), &case.exact(false));
        assert!(error < bound, "{precision}: {error}");
    }
}

#[test]
fn quantization_error_is_bounded() {
    for (precision, bound) in [
        (Precision::Bf16, 0.003),
        (Precision::Int8, 0.008),
        (Precision::Int4, 0.11),
    ] {
        let shape = Shape::plain(64, 1024);
        let weights = Random(3).numbers(shape.rows * shape.cols);
        let pool = ThreadPool::new(2);
        let matrix = Matrix::pack(&pool, precision, shape, &|row, _, out| {
            out.copy_from_slice(&weights[row * shape.cols..(row + 1) * shape.cols]);
        });
        let packed: Vec<f32> = (0..shape.rows).flat_map(|row| matrix.row(row, 0)).collect();
        let exact: Vec<f64> = weights.iter().map(|x| f64::from(*x)).collect();
        let error = relative_error(&packed, &exact);
        assert!(error < bound, "{precision}: {error}");
    }
}

#[test]
fn nan_inputs_give_nan_outputs() {
    let shape = Shape::plain(16, 64);
    let pool = ThreadPool::new(1);
    for precision in Precision::ALL {
        let matrix = Matrix::pack(&pool, precision, shape, &|_, _, out| out.fill(1.0));
        let mut input = matrix.activations();
        let mut row = vec![1.0; 64];
        row[7] = f32::NAN;
        input.push(&row);
        let mut out = vec![0.0; 16];
        matrix.multiply(&pool, &input, &mut out);
        assert!(out.iter().all(|x| x.is_nan()), "{precision}: {out:?}");
    }
}

#[test]
fn columns_have_any_start_and_can_be_added() {
    let offsets = [0, 3, 6];
    for precision in Precision::ALL {
        let case = case(
            precision,
            Shape {
                rows: 40,
                taps: 3,
                cols: 70,
            },
            20,
            13,
            2,
        );
        let all = case.product(Isa::best());
        let starts = [4, 0, 19, 7, 7, 11, 2];
        let mut out = vec![1.0; starts.len() * 40];
        case.matrix
            .convolve_at(&case.pool, &case.input, &offsets, &starts, false, &mut out);
        for (start, out) in starts.iter().zip(out.chunks_exact(40)) {
            assert_eq!(out, &all[start * 40..][..40], "{precision}");
        }
        let once = out.clone();
        case.matrix
            .convolve_at(&case.pool, &case.input, &offsets, &starts, true, &mut out);
        let twice: Vec<f32> = once.iter().map(|x| x + x).collect();
        assert_eq!(out, twice, "{precision}");
    }
}

#[test]
fn rows_are_copied_and_replaced() {
    let pool = ThreadPool::new(2);
    for precision in Precision::ALL {
        let mut random = Random(17);
        let numbers = random.numbers(6 * 100);
        let mut source = PackedActivations::new(precision, 100);
        source.push(&numbers);
        let mut input = PackedActivations::new(precision, 7);
        input.push(&[1.0; 14]);
        input.reshape(100);
        input.push_rows(&source, 1..3);
        input.push_zeros(3);
        let row = |number: usize, out: &mut [f32]| {
            out.copy_from_slice(&numbers[(4 + number) * 100..][..100]);
        };
        input.replace_with(&pool, &[1, 3], 1, &row);
        assert_eq!(input.rows(), 5);
        for (row, same) in [(0, 1), (1, 2), (2, 4), (4, 5)] {
            assert_eq!(
                input.dequantize(row),
                source.dequantize(same),
                "{precision}"
            );
        }
        assert_eq!(input.dequantize(3), [0.0; 100]);
    }
}

#[test]
fn keep_last_keeps_the_last_rows() {
    for precision in Precision::ALL {
        let mut random = Random(9);
        let numbers = random.numbers(5 * 100);
        let mut all = PackedActivations::new(precision, 100);
        all.push(&numbers);
        let mut kept = all.clone();
        kept.keep_last(2);
        kept.push(&numbers[..100]);
        assert_eq!(kept.rows(), 3);
        for (row, same) in [(0, 3), (1, 4), (2, 0)] {
            assert_eq!(kept.dequantize(row), all.dequantize(same));
        }
    }
}
