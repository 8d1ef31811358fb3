//! The messages of ONNX that a conversion reads and writes, by the field numbers of `onnx.proto`.
//!
//! What no conversion looks into is kept as bytes. A field that is missing here would be lost:
//! [`read`] refuses a file that has one.

use prost::Message;
use prost::bytes::Bytes;

/// Elements of a tensor: 32-bit floats, unsigned and signed bytes, and 64-bit integers.
pub(super) const FLOAT: i32 = 1;
pub(super) const UINT8: i32 = 2;
pub(super) const INT8: i32 = 3;
pub(super) const INT64: i32 = 7;

#[derive(Clone, PartialEq, Message)]
pub(super) struct OnnxModel {
    #[prost(int64, optional, tag = "1")]
    ir_version: Option<i64>,
    #[prost(string, optional, tag = "2")]
    producer_name: Option<String>,
    #[prost(string, optional, tag = "3")]
    producer_version: Option<String>,
    #[prost(string, optional, tag = "4")]
    domain: Option<String>,
    #[prost(int64, optional, tag = "5")]
    model_version: Option<i64>,
    #[prost(string, optional, tag = "6")]
    doc_string: Option<String>,
    #[prost(message, optional, tag = "7")]
    pub(super) graph: Option<OnnxGraph>,
    #[prost(bytes = "bytes", repeated, tag = "8")]
    opset_import: Vec<Bytes>,
    #[prost(bytes = "bytes", repeated, tag = "14")]
    metadata_props: Vec<Bytes>,
    #[prost(bytes = "bytes", repeated, tag = "25")]
    functions: Vec<Bytes>,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct OnnxGraph {
    #[prost(message, repeated, tag = "1")]
    pub(super) node: Vec<OnnxNode>,
    #[prost(string, optional, tag = "2")]
    name: Option<String>,
    #[prost(message, repeated, tag = "5")]
    pub(super) initializer: Vec<OnnxTensor>,
    #[prost(string, optional, tag = "10")]
    doc_string: Option<String>,
    #[prost(bytes = "bytes", repeated, tag = "11")]
    input: Vec<Bytes>,
    #[prost(bytes = "bytes", repeated, tag = "12")]
    output: Vec<Bytes>,
    #[prost(bytes = "bytes", repeated, tag = "13")]
    value_info: Vec<Bytes>,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct OnnxNode {
    #[prost(string, repeated, tag = "1")]
    pub(super) input: Vec<String>,
    #[prost(string, repeated, tag = "2")]
    pub(super) output: Vec<String>,
    #[prost(string, optional, tag = "3")]
    pub(super) name: Option<String>,
    #[prost(string, optional, tag = "4")]
    pub(super) op_type: Option<String>,
    #[prost(message, repeated, tag = "5")]
    pub(super) attribute: Vec<Attribute>,
    #[prost(string, optional, tag = "6")]
    doc_string: Option<String>,
    #[prost(string, optional, tag = "7")]
    domain: Option<String>,
}

/// Attributes that are graphs are missing on purpose: their nodes may use any tensor.
#[derive(Clone, PartialEq, Message)]
pub(super) struct Attribute {
    #[prost(string, optional, tag = "1")]
    pub(super) name: Option<String>,
    #[prost(float, optional, tag = "2")]
    f: Option<f32>,
    #[prost(int64, optional, tag = "3")]
    pub(super) i: Option<i64>,
    #[prost(bytes = "bytes", optional, tag = "4")]
    pub(super) s: Option<Bytes>,
    #[prost(bytes = "bytes", optional, tag = "5")]
    t: Option<Bytes>,
    #[prost(float, repeated, packed = "false", tag = "7")]
    floats: Vec<f32>,
    #[prost(int64, repeated, packed = "false", tag = "8")]
    pub(super) ints: Vec<i64>,
    #[prost(bytes = "bytes", repeated, tag = "9")]
    strings: Vec<Bytes>,
    #[prost(string, optional, tag = "13")]
    doc_string: Option<String>,
    #[prost(int32, optional, tag = "20")]
    kind: Option<i32>,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct OnnxTensor {
    #[prost(int64, repeated, packed = "false", tag = "1")]
    pub(super) dims: Vec<i64>,
    #[prost(int32, optional, tag = "2")]
    pub(super) data_type: Option<i32>,
    #[prost(float, repeated, packed = "true", tag = "4")]
    float_data: Vec<f32>,
    #[prost(int32, repeated, packed = "true", tag = "5")]
    int32_data: Vec<i32>,
    #[prost(int64, repeated, packed = "true", tag = "7")]
    int64_data: Vec<i64>,
    #[prost(string, optional, tag = "8")]
    pub(super) name: Option<String>,
    /// The elements, little-endian, the last side fastest.
    #[prost(bytes = "bytes", optional, tag = "9")]
    pub(super) raw_data: Option<Bytes>,
    #[prost(string, optional, tag = "12")]
    doc_string: Option<String>,
}

/// A model with all that its bytes have.
pub(super) fn read(bytes: Bytes) -> Result<OnnxModel, String> {
    let length = bytes.len();
    let model = OnnxModel::decode(bytes).map_err(|error| error.to_string())?;
    if model.encoded_len() != length {
        return Err("it has parts that this conversion does not keep".into());
    }
    Ok(model)
}

impl OnnxNode {
    pub(super) fn new(op: &str, input: Vec<String>, output: &str) -> Self {
        Self {
            input,
            output: vec![output.to_owned()],
            name: Some(output.to_owned()),
            op_type: Some(op.to_owned()),
            ..Self::default()
        }
    }

    pub(super) fn with(mut self, attribute: Attribute) -> Self {
        self.attribute.push(attribute);
        self
    }

    pub(super) fn is(&self, op: &str) -> bool {
        self.op_type.as_deref() == Some(op) && self.domain.as_deref().is_none_or(str::is_empty)
    }

    pub(super) fn attribute(&self, name: &str) -> Option<&Attribute> {
        let mut all = self.attribute.iter();
        all.find(|attribute| attribute.name.as_deref() == Some(name))
    }
}

impl Attribute {
    const INT: i32 = 2;
    const INTS: i32 = 7;

    pub(super) fn int(name: &str, value: i64) -> Self {
        Self {
            name: Some(name.to_owned()),
            i: Some(value),
            kind: Some(Self::INT),
            ..Self::default()
        }
    }

    pub(super) fn ints(name: &str, values: &[i64]) -> Self {
        Self {
            name: Some(name.to_owned()),
            ints: values.to_vec(),
            kind: Some(Self::INTS),
            ..Self::default()
        }
    }
}

impl OnnxTensor {
    pub(super) fn new(name: &str, data_type: i32, dims: Vec<i64>, data: Vec<u8>) -> Self {
        Self {
            dims,
            data_type: Some(data_type),
            name: Some(name.to_owned()),
            raw_data: Some(data.into()),
            ..Self::default()
        }
    }

    /// A list of 64-bit integers.
    pub(super) fn integers(name: &str, values: &[i64]) -> Self {
        let data = values.iter().flat_map(|value| value.to_le_bytes());
        Self::new(name, INT64, vec![values.len() as i64], data.collect())
    }

    /// Its elements, if they are unsigned bytes and as many as its sides make.
    pub(super) fn unsigned_bytes(&self) -> Option<&[u8]> {
        let data = self.raw_data.as_ref()?;
        let count = self.dims.iter().try_fold(1_usize, |count, side| {
            count.checked_mul(usize::try_from(*side).ok()?)
        })?;
        (self.data_type == Some(UINT8) && data.len() == count).then_some(data)
    }

    /// Its element, if that is one unsigned byte.
    pub(super) fn unsigned_byte(&self) -> Option<u8> {
        match (self.raw_data.as_deref(), self.int32_data.as_slice()) {
            (Some([byte]), []) if self.data_type == Some(UINT8) => Some(*byte),
            (None, [number]) if self.data_type == Some(UINT8) => u8::try_from(*number).ok(),
            _ => None,
        }
    }

    /// Its element, if that is one 32-bit float.
    pub(super) fn float(&self) -> Option<f32> {
        match (self.raw_data.as_deref(), self.float_data.as_slice()) {
            (Some(data), []) if self.data_type == Some(FLOAT) => {
                Some(f32::from_le_bytes(data.try_into().ok()?))
            }
            (None, [number]) => Some(*number),
            _ => None,
        }
    }
}
