//! The graph of Kokoro with 8-bit weights becomes one that computes the same numbers faster.
//!
//! Convolutions of integers become matrix products (`convolution`), squares by `Pow` become products.
//! Memory: the file, its result, and the weights of the convolutions.

mod convolution;
mod onnx;

use std::collections::{HashMap, HashSet};
use std::fs;
use std::path::Path;

use prost::Message;

use crate::error::failed;
use crate::{Cancel, ModelError};

use convolution::product;
use onnx::{OnnxGraph, OnnxNode, OnnxTensor};

/// The largest file that is read into memory.
const MAX_BYTES: u64 = 512 << 20;

/// Writes a graph of Kokoro with 8-bit weights as one that computes the same numbers faster.
///
/// # Errors
/// `Convert` where the file is no ONNX graph or has no convolution of 8-bit integers, `File` where it
/// cannot be read or the result not written, `Cancelled`.
pub fn convert(model: &Path, output: &Path, cancel: &Cancel) -> Result<(), ModelError> {
    let refused = |reason: String| ModelError::Convert {
        what: model.file_name().unwrap_or_default().display().to_string(),
        reason,
    };
    let io_error = |source| failed(model, source);
    let length = fs::metadata(model).map_err(io_error)?.len();
    if length > MAX_BYTES {
        return Err(refused(format!(
            "it has {length} bytes, and {MAX_BYTES} are the most"
        )));
    }
    let bytes = fs::read(model).map_err(io_error)?;
    let mut read = onnx::read(bytes.into()).map_err(&refused)?;
    let graph = read.graph.take();
    let graph = graph.ok_or_else(|| refused("it has no graph".into()))?;
    let graph = rewrite(graph, cancel)?;
    read.graph = Some(graph.ok_or_else(|| refused("it has no convolution of integers".into()))?);
    fs::write(output, read.encode_to_vec()).map_err(|source| failed(output, source))
}

/// The graph with its convolutions as products; none where it has no such convolution.
fn rewrite(mut graph: OnnxGraph, cancel: &Cancel) -> Result<Option<OnnxGraph>, ModelError> {
    let constants: HashMap<&str, &OnnxTensor> = graph
        .initializer
        .iter()
        .filter_map(|tensor| Some((tensor.name.as_deref()?, tensor)))
        .collect();
    let tensor = |name: &str| constants.get(name).copied();
    let (mut nodes, mut tensors) = (Vec::with_capacity(graph.node.len()), Vec::new());
    let mut products = 0;
    for node in &graph.node {
        if cancel.is_cancelled() {
            return Err(ModelError::Cancelled);
        }
        if let Some(replacement) = product(node, &tensor) {
            nodes.extend(replacement.nodes);
            tensors.extend(replacement.tensors);
            products += 1;
        } else if is_square(node, &tensor) {
            let factor = node.input[0].clone();
            nodes.push(OnnxNode::new(
                "Mul",
                vec![factor.clone(), factor],
                &node.output[0],
            ));
        } else {
            nodes.push(node.clone());
        }
    }
    if products == 0 {
        return Ok(None);
    }
    graph.node = nodes;
    graph.initializer.append(&mut tensors);
    let used: HashSet<&str> = graph
        .node
        .iter()
        .flat_map(|node| node.input.iter().map(String::as_str))
        .collect();
    graph.initializer.retain(|tensor| {
        tensor
            .name
            .as_deref()
            .is_some_and(|name| used.contains(name))
    });
    Ok(Some(graph))
}

/// Whether a node is `Pow` with the exponent 2.
fn is_square<'a>(node: &OnnxNode, tensor: &impl Fn(&str) -> Option<&'a OnnxTensor>) -> bool {
    let exponent = node.input.get(1).and_then(|name| tensor(name));
    node.is("Pow") && node.output.len() == 1 && exponent.and_then(OnnxTensor::float) == Some(2.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The error of a file of these bytes.
    fn refusal(bytes: &[u8]) -> String {
        let folder = tempfile::tempdir().expect("a folder");
        let (model, output) = (folder.path().join("a.onnx"), folder.path().join("b.onnx"));
        fs::write(&model, bytes).expect("written");
        let error = convert(&model, &output, &Cancel::new()).expect_err("refused");
        assert!(!output.exists());
        error.to_string()
    }

    #[test]
    fn files_that_are_no_such_graph_are_refused() {
        assert_eq!(refusal(b""), "a.onnx cannot be converted: it has no graph");
        let mut empty = onnx::OnnxModel::default();
        empty.graph = Some(OnnxGraph::default());
        assert!(refusal(&empty.encode_to_vec()).ends_with("it has no convolution of integers"));
        assert!(refusal(b"<html>Not found</html>").contains("cannot be converted"));
        // Field 99, which no version of the format has.
        let mut more = empty.encode_to_vec();
        more.extend([0x98, 0x06, 0x01]);
        assert!(refusal(&more).ends_with("it has parts that this conversion does not keep"));
    }

    #[test]
    fn squares_are_products_and_unused_constants_go() {
        let constant = |name: &str, kind, dims: Vec<i64>, data: Vec<u8>| {
            OnnxTensor::new(name, kind, dims, data)
        };
        let names =
            |all: &[&str]| -> Vec<String> { all.iter().map(|own| (*own).to_owned()).collect() };
        let mut graph = OnnxGraph::default();
        graph.node = vec![
            OnnxNode::new("ConvInteger", names(&["x", "w", "x_zero", "w_zero"]), "y"),
            OnnxNode::new("Pow", names(&["y", "two"]), "z"),
            OnnxNode::new("Pow", names(&["z", "three"]), "out"),
        ];
        graph.initializer = vec![
            constant("w", onnx::UINT8, vec![1, 1, 1], vec![200]),
            constant("w_zero", onnx::UINT8, vec![], vec![128]),
            constant("two", onnx::FLOAT, vec![], 2.0_f32.to_le_bytes().to_vec()),
            constant("three", onnx::FLOAT, vec![], 3.0_f32.to_le_bytes().to_vec()),
        ];
        let graph = rewrite(graph, &Cancel::new())
            .expect("not cancelled")
            .expect("a product");
        let ops: Vec<_> = graph
            .node
            .iter()
            .filter_map(|node| node.op_type.as_deref())
            .collect();
        assert_eq!(
            ops,
            ["Transpose", "MatMulInteger", "Transpose", "Mul", "Pow"]
        );
        assert_eq!(graph.node[3].input, names(&["y", "y"]));
        let kept: Vec<_> = graph
            .initializer
            .iter()
            .filter_map(|own| own.name.as_deref())
            .collect();
        assert_eq!(kept, ["three", "y.weights", "y.zero"]);
    }
}
