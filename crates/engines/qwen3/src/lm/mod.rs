//! The two language models: the talker, which says one code a frame, and the predictor, which
//! says the other fifteen. Both are stacks of the same layer.

mod embedding;
mod kv_cache;
mod layer;
mod predictor;
mod talker;
mod transformer;

pub use embedding::Embedding;
pub use kv_cache::KvCache;
pub use layer::TransformerConfig;
pub use predictor::{Predictor, PredictorWorkspace, SampleCode};
pub use talker::{Talker, TalkerSizes, TalkerWorkspace};
pub use transformer::{Segment, Transformer, TransformerWorkspace};
