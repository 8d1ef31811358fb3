//! The network: its graph, and one step of it.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock};
use std::thread::available_parallelism;

use rten::{Model, ModelOptions, NodeId, RunError, RunOptions, ThreadPool};
use rten_tensor::NdTensorView;

/// Samples of one step: 32 ms at 16 kHz.
pub(crate) const FRAME_SAMPLES: usize = 512;

/// Samples before the frame that the network takes with it.
pub(crate) const CONTEXT_SAMPLES: usize = 64;

/// Samples of its input.
pub(crate) const INPUT_SAMPLES: usize = CONTEXT_SAMPLES + FRAME_SAMPLES;

/// Shape of the state: hidden and cell state, one stream, units of the recurrent layer.
const STATE_SHAPE: [usize; 3] = [2, 1, 128];

/// Values of the state.
pub(crate) const STATE_SIZE: usize = STATE_SHAPE[0] * STATE_SHAPE[1] * STATE_SHAPE[2];

/// The graph for one step at 16 kHz, from the package `silero-vad` 6.2.3 (MIT, `model/LICENSE`).
static GRAPH: &[u8] = include_bytes!("../model/silero_vad_openvino_16k.onnx");

pub(crate) struct Network {
    model: Model,
    input: NodeId,
    state: NodeId,
    score: NodeId,
    next_state: NodeId,
    /// Pools of one thread each, in turn: a step is too short to be divided, and steps of several
    /// streams run at the same time.
    pools: Vec<Arc<ThreadPool>>,
    turn: AtomicUsize,
}

impl Network {
    /// The network of this process, read at the first call.
    pub(crate) fn shared() -> &'static Self {
        static SHARED: LazyLock<Network> =
            LazyLock::new(|| Network::read().expect("the built-in graph is valid"));
        &SHARED
    }

    fn read() -> Result<Self, Box<dyn std::error::Error>> {
        let model = ModelOptions::with_all_ops()
            .prepack_weights(true)
            .load_static_slice(GRAPH)?;
        let node = |name| model.node_id(name);
        let threads = available_parallelism().map_or(1, usize::from);
        Ok(Self {
            input: node("input")?,
            state: node("state")?,
            score: node("output")?,
            next_state: node("stateN")?,
            model,
            pools: (0..threads)
                .map(|_| Arc::new(ThreadPool::with_num_threads(1)))
                .collect(),
            turn: AtomicUsize::new(0),
        })
    }

    /// One step: the likelihood of speech in the frame, 0…1; `state` becomes the next one.
    pub(crate) fn run(&self, input: &[f32; INPUT_SAMPLES], state: &mut [f32; STATE_SIZE]) -> f32 {
        self.try_run(input, state)
            .expect("the shapes are the built-in graph's")
    }

    fn try_run(
        &self,
        input: &[f32; INPUT_SAMPLES],
        state: &mut [f32; STATE_SIZE],
    ) -> Result<f32, RunError> {
        let turn = self.turn.fetch_add(1, Ordering::Relaxed) % self.pools.len();
        let options = RunOptions::default().with_thread_pool(Some(Arc::clone(&self.pools[turn])));
        let inputs = vec![
            (
                self.input,
                NdTensorView::from_data([1, INPUT_SAMPLES], &input[..]).into(),
            ),
            (
                self.state,
                NdTensorView::from_data(STATE_SHAPE, &state[..]).into(),
            ),
        ];
        let outputs = [self.score, self.next_state];
        let [score, next_state] = self.model.run_n(inputs, outputs, Some(options))?;
        let (Some(score), Some(next_state)) = (
            score.as_tensor_view::<f32>(),
            next_state.as_tensor_view::<f32>(),
        ) else {
            unreachable!("the built-in graph computes in f32");
        };
        for (own, next) in state.iter_mut().zip(next_state.iter()) {
            *own = *next;
        }
        Ok(score.iter().next().copied().unwrap_or(f32::NAN))
    }
}
