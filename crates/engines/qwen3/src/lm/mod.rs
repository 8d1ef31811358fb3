//! The two language models: the talker, which generates the first code of a frame, and the code
//! predictor, which generates the other fifteen. Both are transformers of the same layers.

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
