//! A convolution of 8-bit integers as a matrix product (im2col).
//!
//! ONNX Runtime computes `ConvInteger` on CPUs with a kernel for unsigned weights that packs them anew at
//! each run. Its matrix product of unsigned activations and signed constant weights packs them once and
//! uses the instructions for such products (VNNI). Sums of integers do not depend on the order, so the
//! result is the same to the bit.

use super::onnx::{Attribute, INT8, OnnxNode, OnnxTensor};

/// What a node computes: `[1, channels, time]` with weights `[outputs, channels, taps]`, at stride 1.
struct Convolution<'a> {
    node: &'a OnnxNode,
    /// Elements of the weights.
    weights: &'a [u8],
    outputs: usize,
    channels: usize,
    taps: usize,
    dilation: i64,
    /// Zeros before and behind the input.
    padding: [i64; 2],
    /// The weight that stands for zero, and its sides: none or one.
    zero: (u8, Vec<i64>),
}

/// The nodes and tensors that take the place of a convolution.
pub(super) struct Replacement {
    pub(super) nodes: Vec<OnnxNode>,
    pub(super) tensors: Vec<OnnxTensor>,
}

/// The product that computes a node, if that is a convolution of the kind above. `tensor` finds a constant
/// by its name.
pub(super) fn product<'a>(
    node: &'a OnnxNode,
    tensor: &impl Fn(&str) -> Option<&'a OnnxTensor>,
) -> Option<Replacement> {
    Convolution::read(node, tensor).map(|convolution| convolution.product())
}

impl<'a> Convolution<'a> {
    fn read(node: &'a OnnxNode, tensor: &impl Fn(&str) -> Option<&'a OnnxTensor>) -> Option<Self> {
        if !node.is("ConvInteger") || node.output.len() != 1 {
            return None;
        }
        let [_, weights, _, zero] = node.input.as_slice() else {
            return None;
        };
        let ints = |name: &str, default: &[i64]| {
            let attribute = node.attribute(name);
            attribute.map_or_else(|| default.to_vec(), |own| own.ints.clone())
        };
        let group = node.attribute("group").and_then(|group| group.i);
        let automatic = node.attribute("auto_pad").and_then(|own| own.s.as_deref());
        if group.unwrap_or(1) != 1
            || ints("strides", &[1]) != [1]
            || automatic.is_some_and(|own| own != b"NOTSET")
        {
            return None;
        }
        let (weights, zero) = (tensor(weights)?, tensor(zero)?);
        let [outputs, channels, taps] = weights.dims.as_slice() else {
            return None;
        };
        let [dilation] = ints("dilations", &[1])[..] else {
            return None;
        };
        let padding = <[i64; 2]>::try_from(ints("pads", &[0, 0])).ok()?;
        (dilation > 0 && *taps > 0 && padding.iter().all(|side| *side >= 0)).then_some(())?;
        Some(Self {
            node,
            weights: weights.unsigned_bytes()?,
            outputs: usize::try_from(*outputs).ok()?,
            channels: usize::try_from(*channels).ok()?,
            taps: usize::try_from(*taps).ok()?,
            dilation,
            padding,
            zero: (zero.unsigned_byte()?, zero.dims.clone()),
        })
    }

    fn product(&self) -> Replacement {
        let output = &self.node.output[0];
        let name = |part: &str| format!("{output}.{part}");
        let (input, input_zero) = (&self.node.input[0], &self.node.input[2]);
        let mut tensors = vec![
            OnnxTensor::new(
                &name("weights"),
                INT8,
                vec![(self.taps * self.channels) as i64, self.outputs as i64],
                self.columns(),
            ),
            OnnxTensor::new(
                &name("zero"),
                INT8,
                self.zero.1.clone(),
                vec![signed(self.zero.0)],
            ),
        ];
        let transposed = |from: String, to: &str| {
            OnnxNode::new("Transpose", vec![from], to).with(Attribute::ints("perm", &[0, 2, 1]))
        };
        let mut nodes = vec![transposed(input.clone(), &name("rows"))];
        let mut rows = name("rows");
        if self.padding != [0, 0] {
            let [before, behind] = self.padding;
            tensors.push(OnnxTensor::integers(
                &name("pads"),
                &[0, before, 0, 0, behind, 0],
            ));
            let inputs = vec![rows, name("pads"), input_zero.clone()];
            rows = name("padded");
            nodes.push(OnnxNode::new("Pad", inputs, &rows));
        }
        if self.taps > 1 {
            let taps: Vec<String> = (0..self.taps)
                .map(|tap| name(&format!("tap{tap}")))
                .collect();
            tensors.push(OnnxTensor::integers(&name("axis"), &[1]));
            for (tap, to) in (0..).zip(&taps) {
                let missing = (self.taps as i64 - 1 - tap) * self.dilation;
                let end = if missing == 0 { i64::MAX } else { -missing };
                let (from, until) = (format!("{to}.from"), format!("{to}.until"));
                tensors.push(OnnxTensor::integers(&from, &[tap * self.dilation]));
                tensors.push(OnnxTensor::integers(&until, &[end]));
                nodes.push(OnnxNode::new(
                    "Slice",
                    vec![rows.clone(), from, until, name("axis")],
                    to,
                ));
            }
            rows = name("columns");
            nodes.push(OnnxNode::new("Concat", taps, &rows).with(Attribute::int("axis", 2)));
        }
        let inputs = vec![rows, name("weights"), input_zero.clone(), name("zero")];
        nodes.push(OnnxNode::new("MatMulInteger", inputs, &name("product")));
        nodes.push(transposed(name("product"), output));
        Replacement { nodes, tensors }
    }

    /// The weights `[taps * channels, outputs]`, signed.
    fn columns(&self) -> Vec<u8> {
        let mut columns = Vec::with_capacity(self.weights.len());
        for tap in 0..self.taps {
            for channel in 0..self.channels {
                let first = channel * self.taps + tap;
                let own = self.weights.iter().skip(first);
                columns.extend(
                    own.step_by(self.channels * self.taps)
                        .map(|own| signed(*own)),
                );
            }
        }
        columns
    }
}

/// An unsigned byte less 128, as the bits of a signed one.
const fn signed(byte: u8) -> u8 {
    byte ^ 0x80
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::convert::kokoro::onnx::UINT8;

    const OUTPUTS: usize = 2;
    const CHANNELS: usize = 3;
    const TAPS: usize = 3;
    const ZERO: u8 = 130;

    fn weights() -> OnnxTensor {
        let count = OUTPUTS * CHANNELS * TAPS;
        let data = (0..count).map(|i| (i * 37 % 256) as u8).collect();
        let dims = [OUTPUTS, CHANNELS, TAPS].map(|side| side as i64);
        OnnxTensor::new("w", UINT8, dims.to_vec(), data)
    }

    fn node(attributes: &[Attribute]) -> OnnxNode {
        let inputs = ["x", "w", "x_zero", "w_zero"].map(str::to_owned);
        let mut node = OnnxNode::new("ConvInteger", inputs.to_vec(), "y");
        node.attribute = attributes.to_vec();
        node
    }

    fn replacement(node: &OnnxNode) -> Option<Replacement> {
        let (weights, zero) = (
            weights(),
            OnnxTensor::new("w_zero", UINT8, vec![], vec![ZERO]),
        );
        let constants = [weights, zero];
        product(node, &|name: &str| {
            let mut all = constants.iter();
            all.find(|tensor| tensor.name.as_deref() == Some(name))
        })
    }

    /// A matrix of rows, as the nodes between the transpositions have it.
    type Rows = Vec<Vec<i32>>;

    /// Runs the nodes that stand for a convolution on `[channels, time]` by the rules of ONNX.
    fn run(found: &Replacement, input: &Rows, input_zero: u8) -> Rows {
        let constant = |name: &str| {
            let mut all = found.tensors.iter();
            all.find(|tensor| tensor.name.as_deref() == Some(name))
                .expect("a constant")
        };
        let integers = |name: &str| -> Vec<i64> {
            let (numbers, _) = constant(name)
                .raw_data
                .as_deref()
                .expect("data")
                .as_chunks::<8>();
            numbers.iter().map(|own| i64::from_le_bytes(*own)).collect()
        };
        let mut values = std::collections::HashMap::from([("x".to_owned(), input.clone())]);
        for node in &found.nodes {
            let own = values.get(&node.input[0]).expect("computed before").clone();
            let result: Rows = match node.op_type.as_deref().expect("an operator") {
                "Transpose" => (0..own[0].len())
                    .map(|column| own.iter().map(|row| row[column]).collect())
                    .collect(),
                "Pad" => {
                    let pads = integers(&node.input[1]);
                    let row = vec![i32::from(input_zero); own[0].len()];
                    let rows = |count: i64| vec![row.clone(); count as usize];
                    [rows(pads[1]), own, rows(pads[4])].concat()
                }
                "Slice" => {
                    assert_eq!(integers(&node.input[3]), [1]);
                    let (from, until) = (integers(&node.input[1])[0], integers(&node.input[2])[0]);
                    let length = own.len() as i64;
                    let until = if until < 0 {
                        length + until
                    } else {
                        until.min(length)
                    };
                    own[from as usize..until as usize].to_vec()
                }
                "Concat" => (0..own.len())
                    .map(|row| {
                        node.input
                            .iter()
                            .flat_map(|name| values[name][row].clone())
                            .collect()
                    })
                    .collect(),
                "MatMulInteger" => {
                    let (matrix, zero) = (constant(&node.input[1]), constant(&node.input[3]));
                    let signed = |byte: u8| i32::from(byte.cast_signed());
                    let zero = signed(zero.raw_data.as_deref().expect("data")[0]);
                    let matrix = matrix.raw_data.as_deref().expect("data");
                    let sum = |row: &[i32], output: usize| -> i32 {
                        let products = row.iter().enumerate().map(|(at, value)| {
                            let weight = signed(matrix[at * OUTPUTS + output]) - zero;
                            (value - i32::from(input_zero)) * weight
                        });
                        products.sum()
                    };
                    let rows = own.iter();
                    rows.map(|row| (0..OUTPUTS).map(|output| sum(row, output)).collect())
                        .collect()
                }
                other => panic!("{other} is not expected"),
            };
            values.insert(node.output[0].clone(), result);
        }
        values.remove("y").expect("the output")
    }

    /// `ConvInteger` as ONNX defines it.
    fn convolved(input: &Rows, input_zero: u8, dilation: usize, padding: [usize; 2]) -> Rows {
        let (weights, time) = (weights(), input[0].len());
        let weights = weights.unsigned_bytes().expect("bytes");
        let outputs = time + padding[0] + padding[1] - (TAPS - 1) * dilation;
        let at = |channel: usize, place: usize| {
            let place = place.checked_sub(padding[0]).filter(|place| *place < time);
            place.map_or(0, |place| input[channel][place] - i32::from(input_zero))
        };
        let sum = |output: usize, place: usize| -> i32 {
            (0..CHANNELS)
                .flat_map(|channel| (0..TAPS).map(move |tap| (channel, tap)))
                .map(|(channel, tap)| {
                    let weight = weights[(output * CHANNELS + channel) * TAPS + tap];
                    (i32::from(weight) - i32::from(ZERO)) * at(channel, place + tap * dilation)
                })
                .sum()
        };
        (0..OUTPUTS)
            .map(|output| (0..outputs).map(|place| sum(output, place)).collect())
            .collect()
    }

    #[test]
    fn nodes_compute_the_convolution() {
        let input: Rows = (0..CHANNELS)
            .map(|channel| {
                (0..11)
                    .map(|place| (channel * 91 + place * 53) as i32 % 256)
                    .collect()
            })
            .collect();
        for (dilation, padding, zero) in [
            (1, [0, 0], 0),
            (1, [1, 1], 77),
            (3, [3, 3], 128),
            (2, [4, 0], 255),
        ] {
            let node = node(&[
                Attribute::ints("dilations", &[dilation]),
                Attribute::ints("pads", &padding),
            ]);
            let found = replacement(&node).expect("a convolution");
            let expected = convolved(
                &input,
                zero,
                dilation as usize,
                padding.map(|side| side as usize),
            );
            assert_eq!(
                run(&found, &input, zero),
                expected,
                "{dilation} {padding:?} {zero}"
            );
        }
    }

    #[test]
    fn taps_are_slices_at_multiples_of_the_dilation() {
        let node = node(&[
            Attribute::ints("dilations", &[5]),
            Attribute::ints("pads", &[5, 5]),
        ]);
        let found = replacement(&node).expect("a convolution");
        let ops: Vec<&str> = found
            .nodes
            .iter()
            .filter_map(|own| own.op_type.as_deref())
            .collect();
        let expected = [
            "Transpose",
            "Pad",
            "Slice",
            "Slice",
            "Slice",
            "Concat",
            "MatMulInteger",
            "Transpose",
        ];
        assert_eq!(ops, expected);
        assert_eq!(found.nodes.last().expect("one").output, ["y"]);
        let integers = |name: &str| -> Vec<i64> {
            let mut all = found.tensors.iter();
            let tensor = all
                .find(|tensor| tensor.name.as_deref() == Some(name))
                .expect(name);
            let data = tensor.raw_data.as_deref().expect("data");
            data.chunks_exact(8)
                .map(|own| i64::from_le_bytes(own.try_into().expect("8")))
                .collect()
        };
        assert_eq!(integers("y.pads"), [0, 5, 0, 0, 5, 0]);
        for (tap, (from, until)) in [(0, -10), (5, -5), (10, i64::MAX)].into_iter().enumerate() {
            assert_eq!(integers(&format!("y.tap{tap}.from")), [from]);
            assert_eq!(integers(&format!("y.tap{tap}.until")), [until]);
        }
    }

    #[test]
    fn other_convolutions_stay() {
        for attribute in [
            Attribute::int("group", 3),
            Attribute::ints("strides", &[2]),
            Attribute::ints("dilations", &[1, 1]),
            Attribute::ints("pads", &[-1, 0]),
        ] {
            assert!(
                replacement(&node(std::slice::from_ref(&attribute))).is_none(),
                "{attribute:?}"
            );
        }
        let mut other = node(&[]);
        other.op_type = Some("Conv".to_owned());
        assert!(replacement(&other).is_none());
    }
}
