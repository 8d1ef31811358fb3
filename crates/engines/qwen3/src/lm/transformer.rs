//! A decoder-only transformer over rows of several sequences at once.

use super::kv_cache::KvCache;
use super::layer::{TransformerConfig, TransformerLayer};
use crate::Qwen3Error;
use crate::kernels::{PackedActivations, Rope, ThreadPool, ops};
use crate::weights::Loader;

/// A decoder-only transformer without its embeddings and heads.
#[derive(Debug)]
pub struct Transformer {
    config: TransformerConfig,
    layers: Vec<TransformerLayer>,
    norm: Vec<f32>,
}

/// The rows that one sequence brings to a pass: its next positions, one after the other.
#[derive(Debug)]
pub struct Segment<'a> {
    /// The sequence's cache; the pass appends to it.
    pub cache: &'a mut KvCache,
    /// How many rows are this sequence's.
    pub rows: usize,
}

/// Buffers of a pass, kept from one to the next.
#[derive(Debug)]
pub struct TransformerWorkspace {
    rope: Rope,
    /// One input for each precision and width that a matrix of the transformer has.
    hidden: PackedActivations,
    queries: PackedActivations,
    intermediate: PackedActivations,
    qkv: Vec<f32>,
    attention: Vec<f32>,
    gate_up: Vec<f32>,
    added: Vec<f32>,
    /// Sequence and position of each row.
    positions: Vec<(usize, usize)>,
}

impl Transformer {
    /// Reads this many layers under `prefix`, such as `talker.model`.
    ///
    /// # Errors
    /// `Tensor` where one is missing or has another shape.
    pub fn load(
        loader: &Loader<'_>,
        prefix: &str,
        config: TransformerConfig,
        layers: usize,
    ) -> Result<Self, Qwen3Error> {
        let layers = (0..layers)
            .map(|layer| {
                TransformerLayer::load(loader, &format!("{prefix}.layers.{layer}"), &config)
            })
            .collect::<Result<_, Qwen3Error>>()?;
        Ok(Self {
            config,
            layers,
            norm: loader.vector(&format!("{prefix}.norm.weight"), config.hidden_size)?,
        })
    }

    /// Its sizes.
    pub const fn config(&self) -> &TransformerConfig {
        &self.config
    }

    /// Bytes of its matrices.
    pub fn bytes(&self) -> usize {
        let matrices = self
            .layers
            .iter()
            .flat_map(|layer| [&layer.qkv, &layer.out, &layer.gate_up, &layer.down]);
        matrices.map(|matrix| matrix.packed_bytes().len()).sum()
    }

    /// An empty cache for one sequence.
    pub fn cache(&self, capacity: usize) -> KvCache {
        KvCache::new(self.layers.len(), &self.config, capacity)
    }

    /// Buffers for passes of this transformer.
    pub fn workspace(&self) -> TransformerWorkspace {
        let layer = &self.layers[0];
        TransformerWorkspace {
            rope: Rope::new(self.config.theta, self.config.head_dim),
            hidden: layer.qkv.activations(),
            queries: layer.out.activations(),
            intermediate: layer.down.activations(),
            qkv: Vec::new(),
            attention: Vec::new(),
            gate_up: Vec::new(),
            added: Vec::new(),
            positions: Vec::new(),
        }
    }

    /// Runs rows through all layers and the last norm, in place. `rows` holds the rows of the
    /// segments one after the other. The result of a row depends only on its own sequence.
    ///
    /// # Panics
    /// Where the number of rows is not the sum of the segments.
    pub fn forward(
        &self,
        pool: &ThreadPool,
        work: &mut TransformerWorkspace,
        segments: &mut [Segment<'_>],
        rows: &mut [f32],
    ) {
        let hidden_size = self.config.hidden_size;
        let count: usize = segments.iter().map(|segment| segment.rows).sum();
        assert_eq!(
            rows.len(),
            count * hidden_size,
            "as many rows as the segments have"
        );
        work.positions.clear();
        for (number, segment) in segments.iter_mut().enumerate() {
            segment.cache.reserve(segment.rows);
            let from = segment.cache.len();
            work.rope.extend_to(from + segment.rows);
            let positions = (from..from + segment.rows).map(|position| (number, position));
            work.positions.extend(positions);
        }
        for (number, layer) in self.layers.iter().enumerate() {
            self.attend(pool, work, segments, number, layer, rows);
            self.feed_forward(pool, work, layer, rows);
        }
        for segment in segments {
            segment.cache.advance(segment.rows);
        }
        pool.parallel_rows(rows, hidden_size, grain(count, pool), &|_, rows| {
            let mut out = vec![0.0; hidden_size];
            for row in rows.chunks_exact_mut(hidden_size) {
                ops::rms_norm(row, &self.norm, self.config.epsilon, &mut out);
                row.copy_from_slice(&out);
            }
        });
    }

    fn attend(
        &self,
        pool: &ThreadPool,
        work: &mut TransformerWorkspace,
        segments: &mut [Segment<'_>],
        number: usize,
        layer: &TransformerLayer,
        rows: &mut [f32],
    ) {
        let config = &self.config;
        let TransformerConfig {
            hidden_size,
            num_heads,
            num_kv_heads,
            head_dim,
            epsilon,
            ..
        } = *config;
        let (queries, keys) = (config.queries(), config.keys());
        let width = queries + 2 * keys;
        let count = work.positions.len();

        normalize(pool, &mut work.hidden, rows, &layer.input_norm, epsilon);
        work.qkv.resize(count * width, 0.0);
        layer.qkv.multiply(pool, &work.hidden, &mut work.qkv);

        let rope = &work.rope;
        let positions = &work.positions;
        pool.parallel_rows(&mut work.qkv, width, grain(count, pool), &|first, rows| {
            let mut out = vec![0.0; head_dim];
            for (row, (_, position)) in rows.chunks_exact_mut(width).zip(&positions[first..]) {
                let (cos, sin) = rope.at(*position);
                let (query, key) = row[..queries + keys].split_at_mut(queries);
                for (part, norm) in [(query, &layer.query_norm), (key, &layer.key_norm)] {
                    for one in part.chunks_exact_mut(head_dim) {
                        ops::rms_norm(one, norm, epsilon, &mut out);
                        one.copy_from_slice(&out);
                        ops::rotate(one, cos, sin);
                    }
                }
            }
        });
        for (row, (sequence, position)) in work.qkv.chunks_exact(width).zip(&work.positions) {
            let (key, value) = row[queries..].split_at(keys);
            let cache = &mut *segments[*sequence].cache;
            cache.write(number, *position, key, value);
        }

        // One share is the query heads of one key head, in one row.
        work.attention.resize(count * queries, 0.0);
        let shared = num_heads / num_kv_heads * head_dim;
        let caches: Vec<&KvCache> = segments.iter().map(|segment| &*segment.cache).collect();
        let qkv = &work.qkv;
        let scale = (head_dim as f32).sqrt().recip();
        let shares = count * num_kv_heads;
        let grain = shares.div_ceil(2 * pool.threads());
        pool.parallel_rows(&mut work.attention, shared, grain, &|first, out| {
            let mut scores = Vec::new();
            for (share, out) in (first..).zip(out.chunks_exact_mut(shared)) {
                let (row, kv) = (share / num_kv_heads, share % num_kv_heads);
                let (sequence, position) = positions[row];
                let (keys, values) = caches[sequence].read(number, kv, position + 1);
                let query = &qkv[row * width + kv * shared..][..shared];
                for (query, out) in query
                    .chunks_exact(head_dim)
                    .zip(out.chunks_exact_mut(head_dim))
                {
                    ops::attend(query, keys, values, scale, &mut scores, out);
                }
            }
        });
        pack_rows(pool, &mut work.queries, &work.attention);
        work.added.resize(count * hidden_size, 0.0);
        layer.out.multiply(pool, &work.queries, &mut work.added);
        ops::add(rows, &work.added);
    }

    fn feed_forward(
        &self,
        pool: &ThreadPool,
        work: &mut TransformerWorkspace,
        layer: &TransformerLayer,
        rows: &mut [f32],
    ) {
        let TransformerConfig {
            intermediate_size,
            epsilon,
            ..
        } = self.config;
        normalize(
            pool,
            &mut work.hidden,
            rows,
            &layer.post_attention_norm,
            epsilon,
        );
        let count = work.hidden.rows();
        work.gate_up.resize(count * 2 * intermediate_size, 0.0);
        layer
            .gate_up
            .multiply(pool, &work.hidden, &mut work.gate_up);
        work.intermediate.clear();
        let gate_up = &work.gate_up;
        work.intermediate.push_with(pool, count, &|row, out| {
            let row = &gate_up[row * 2 * intermediate_size..][..2 * intermediate_size];
            let (gate, up) = row.split_at(intermediate_size);
            ops::swiglu(gate, up, out);
        });
        layer
            .down
            .multiply(pool, &work.intermediate, &mut work.added);
        ops::add(rows, &work.added);
    }
}

/// Rows for each share, so that all threads have work where there are several rows.
fn grain(rows: usize, pool: &ThreadPool) -> usize {
    rows.div_ceil(pool.threads())
}

/// Normalized rows as the input of a product.
pub(super) fn normalize(
    pool: &ThreadPool,
    input: &mut PackedActivations,
    rows: &[f32],
    weight: &[f32],
    epsilon: f32,
) {
    let width = weight.len();
    input.clear();
    input.push_with(pool, rows.len() / width, &|row, out| {
        ops::rms_norm(&rows[row * width..][..width], weight, epsilon, out);
    });
}

/// Rows as the input of a product.
pub(super) fn pack_rows(pool: &ThreadPool, input: &mut PackedActivations, rows: &[f32]) {
    let width = input.cols();
    input.clear();
    input.push_with(pool, rows.len() / width, &|row, out| {
        out.copy_from_slice(&rows[row * width..][..width]);
    });
}
