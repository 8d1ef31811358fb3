//! The two language models: the talker, which says one code a frame, and the predictor, which
//! says the other fifteen. Both are stacks of the same layer.

mod cache;
mod layer;
mod predictor;
mod stack;
mod table;
mod talker;

pub use cache::Cache;
pub use layer::Geometry;
pub use predictor::{Choose, Predictor, PredictorWorkspace};
pub use stack::{Segment, Stack, Workspace};
pub use table::Table;
pub use talker::{Talker, TalkerSizes, TalkerWorkspace};
