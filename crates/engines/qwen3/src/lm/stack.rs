//! Layers on layers, for rows of several sequences at once.

use super::cache::Cache;
use super::layer::{Geometry, Layer};
use crate::Result;
use crate::kernels::{Input, Rope, Team, ops};
use crate::weights::Loader;

/// A decoder-only transformer without its embeddings and heads.
#[derive(Debug)]
pub struct Stack {
    geometry: Geometry,
    layers: Vec<Layer>,
    norm: Vec<f32>,
}

/// The rows that one sequence brings to a pass: its next positions, one after the other.
#[derive(Debug)]
pub struct Segment<'a> {
    /// What the sequence remembers; the pass adds to it.
    pub cache: &'a mut Cache,
    /// How many rows are this sequence's.
    pub rows: usize,
}

/// Buffers of a pass, kept from one to the next.
#[derive(Debug)]
pub struct Workspace {
    rope: Rope,
    /// One input for each precision and width that a matrix of the stack has.
    hidden: Input,
    queries: Input,
    intermediate: Input,
    qkv: Vec<f32>,
    attention: Vec<f32>,
    gate_up: Vec<f32>,
    added: Vec<f32>,
    /// Sequence and position of each row.
    places: Vec<(usize, usize)>,
}

impl Stack {
    /// Reads so many layers under `prefix`, such as `talker.model`.
    ///
    /// # Errors
    /// `Tensor` where one is missing or has another shape.
    pub fn load(
        loader: &Loader<'_>,
        prefix: &str,
        geometry: Geometry,
        layers: usize,
    ) -> Result<Self> {
        let layers = (0..layers)
            .map(|layer| Layer::load(loader, &format!("{prefix}.layers.{layer}"), &geometry))
            .collect::<Result<_>>()?;
        Ok(Self {
            geometry,
            layers,
            norm: loader.vector(&format!("{prefix}.norm.weight"), geometry.hidden)?,
        })
    }

    /// Its sizes.
    pub const fn geometry(&self) -> &Geometry {
        &self.geometry
    }

    /// Bytes of its matrices.
    pub fn bytes(&self) -> usize {
        let matrices = self
            .layers
            .iter()
            .flat_map(|layer| [&layer.qkv, &layer.out, &layer.gate_up, &layer.down]);
        matrices.map(|matrix| matrix.memory().len()).sum()
    }

    /// An empty memory for one sequence.
    pub fn cache(&self, capacity: usize) -> Cache {
        Cache::new(self.layers.len(), &self.geometry, capacity)
    }

    /// Buffers for passes of this stack.
    pub fn workspace(&self) -> Workspace {
        let layer = &self.layers[0];
        Workspace {
            rope: Rope::new(self.geometry.theta, self.geometry.head),
            hidden: layer.qkv.input(),
            queries: layer.out.input(),
            intermediate: layer.down.input(),
            qkv: Vec::new(),
            attention: Vec::new(),
            gate_up: Vec::new(),
            added: Vec::new(),
            places: Vec::new(),
        }
    }

    /// Passes rows through all layers and the last norm, in place. `rows` holds the rows of the
    /// segments one after the other. What a row becomes depends on its own sequence alone.
    ///
    /// # Panics
    /// Where the rows are not as many as the segments say.
    pub fn forward(
        &self,
        team: &Team,
        work: &mut Workspace,
        segments: &mut [Segment<'_>],
        rows: &mut [f32],
    ) {
        let hidden = self.geometry.hidden;
        let count: usize = segments.iter().map(|segment| segment.rows).sum();
        assert_eq!(rows.len(), count * hidden, "as many rows as promised");
        work.places.clear();
        for (number, segment) in segments.iter_mut().enumerate() {
            segment.cache.reserve(segment.rows);
            let from = segment.cache.len();
            work.rope.reach(from + segment.rows);
            let places = (from..from + segment.rows).map(|position| (number, position));
            work.places.extend(places);
        }
        for (number, layer) in self.layers.iter().enumerate() {
            self.attend(team, work, segments, number, layer, rows);
            self.feed_forward(team, work, layer, rows);
        }
        for segment in segments {
            segment.cache.advance(segment.rows);
        }
        team.share_rows(rows, hidden, grain(count, team), &|_, rows| {
            let mut out = vec![0.0; hidden];
            for row in rows.chunks_exact_mut(hidden) {
                ops::rms_norm(row, &self.norm, self.geometry.epsilon, &mut out);
                row.copy_from_slice(&out);
            }
        });
    }

    fn attend(
        &self,
        team: &Team,
        work: &mut Workspace,
        segments: &mut [Segment<'_>],
        number: usize,
        layer: &Layer,
        rows: &mut [f32],
    ) {
        let geometry = &self.geometry;
        let Geometry {
            hidden,
            heads,
            kv_heads,
            head,
            epsilon,
            ..
        } = *geometry;
        let (queries, keys) = (geometry.queries(), geometry.keys());
        let width = queries + 2 * keys;
        let count = work.places.len();

        normalize(team, &mut work.hidden, rows, &layer.input_norm, epsilon);
        work.qkv.resize(count * width, 0.0);
        layer.qkv.multiply(team, &work.hidden, &mut work.qkv);

        let rope = &work.rope;
        let places = &work.places;
        team.share_rows(&mut work.qkv, width, grain(count, team), &|first, rows| {
            let mut out = vec![0.0; head];
            for (row, (_, position)) in rows.chunks_exact_mut(width).zip(&places[first..]) {
                let (cos, sin) = rope.at(*position);
                let (query, key) = row[..queries + keys].split_at_mut(queries);
                for (part, norm) in [(query, &layer.query_norm), (key, &layer.key_norm)] {
                    for one in part.chunks_exact_mut(head) {
                        ops::rms_norm(one, norm, epsilon, &mut out);
                        one.copy_from_slice(&out);
                        ops::rotate(one, cos, sin);
                    }
                }
            }
        });
        for (row, (sequence, position)) in work.qkv.chunks_exact(width).zip(&work.places) {
            let (key, value) = row[queries..].split_at(keys);
            let cache = &mut *segments[*sequence].cache;
            cache.write(number, *position, key, value);
        }

        // One share is the query heads of one key head, in one row.
        work.attention.resize(count * queries, 0.0);
        let shared = heads / kv_heads * head;
        let caches: Vec<&Cache> = segments.iter().map(|segment| &*segment.cache).collect();
        let qkv = &work.qkv;
        let scale = (head as f32).sqrt().recip();
        let shares = count * kv_heads;
        let grain = shares.div_ceil(2 * team.threads());
        team.share_rows(&mut work.attention, shared, grain, &|first, out| {
            let mut scores = Vec::new();
            for (share, out) in (first..).zip(out.chunks_exact_mut(shared)) {
                let (row, kv) = (share / kv_heads, share % kv_heads);
                let (sequence, position) = places[row];
                let (keys, values) = caches[sequence].read(number, kv, position + 1);
                let query = &qkv[row * width + kv * shared..][..shared];
                for (query, out) in query.chunks_exact(head).zip(out.chunks_exact_mut(head)) {
                    ops::attend(query, keys, values, scale, &mut scores, out);
                }
            }
        });
        convert(team, &mut work.queries, &work.attention);
        work.added.resize(count * hidden, 0.0);
        layer.out.multiply(team, &work.queries, &mut work.added);
        ops::add(rows, &work.added);
    }

    fn feed_forward(&self, team: &Team, work: &mut Workspace, layer: &Layer, rows: &mut [f32]) {
        let Geometry {
            intermediate,
            epsilon,
            ..
        } = self.geometry;
        normalize(team, &mut work.hidden, rows, &layer.middle_norm, epsilon);
        let count = work.hidden.rows();
        work.gate_up.resize(count * 2 * intermediate, 0.0);
        layer
            .gate_up
            .multiply(team, &work.hidden, &mut work.gate_up);
        work.intermediate.clear();
        let gate_up = &work.gate_up;
        work.intermediate.push_with(team, count, &|row, out| {
            let row = &gate_up[row * 2 * intermediate..][..2 * intermediate];
            let (gate, up) = row.split_at(intermediate);
            ops::swiglu(gate, up, out);
        });
        layer
            .down
            .multiply(team, &work.intermediate, &mut work.added);
        ops::add(rows, &work.added);
    }
}

/// Rows for each share, so that all threads have work where there are several rows.
fn grain(rows: usize, team: &Team) -> usize {
    rows.div_ceil(team.threads())
}

/// Normalized rows as the input of a product.
pub(super) fn normalize(
    team: &Team,
    input: &mut Input,
    rows: &[f32],
    weight: &[f32],
    epsilon: f32,
) {
    let width = weight.len();
    input.clear();
    input.push_with(team, rows.len() / width, &|row, out| {
        ops::rms_norm(&rows[row * width..][..width], weight, epsilon, out);
    });
}

/// Rows as the input of a product.
pub(super) fn convert(team: &Team, input: &mut Input, rows: &[f32]) {
    let width = input.cols();
    input.clear();
    input.push_with(team, rows.len() / width, &|row, out| {
        out.copy_from_slice(&rows[row * width..][..width]);
    });
}
