//! Attention with several heads.

use candle_core::Tensor;
use candle_nn::{Linear, Module};

use crate::error::MarianError;
use crate::weights::Part;

#[derive(Debug)]
pub(super) struct Attention {
    query: Linear,
    key: Linear,
    value: Linear,
    out: Linear,
    heads: usize,
    width: usize,
}

/// Keys and values that are looked back at.
#[derive(Debug)]
pub(super) struct Memory {
    /// Of a source: heads × tokens × width of a head. Of beams: beams × heads × tokens × width.
    keys: Tensor,
    values: Tensor,
}

impl Memory {
    /// Keeps these beams.
    pub(super) fn select_beams(&mut self, beams: &Tensor) -> Result<(), MarianError> {
        self.keys = self.keys.index_select(beams, 0)?;
        self.values = self.values.index_select(beams, 0)?;
        Ok(())
    }
}

pub(super) fn linear(
    part: &Part<'_>,
    name: &str,
    from: usize,
    to: usize,
) -> Result<Linear, MarianError> {
    let part = part.part(name);
    Ok(Linear::new(
        part.get("weight", &[to, from])?,
        Some(part.get("bias", &[to])?),
    ))
}

impl Attention {
    pub(super) fn read(part: &Part<'_>, width: usize, heads: usize) -> Result<Self, MarianError> {
        Ok(Self {
            query: linear(part, "q_proj", width, width)?,
            key: linear(part, "k_proj", width, width)?,
            value: linear(part, "v_proj", width, width)?,
            out: linear(part, "out_proj", width, width)?,
            heads,
            width,
        })
    }

    /// Rows × width as heads × rows × width of a head.
    fn split(&self, rows: &Tensor) -> Result<Tensor, MarianError> {
        let count = rows.dim(0)?;
        let rows = rows.reshape((count, self.heads, self.width / self.heads))?;
        Ok(rows.transpose(0, 1)?.contiguous()?)
    }

    fn query(&self, rows: &Tensor) -> Result<Tensor, MarianError> {
        let scale = ((self.width / self.heads) as f64).powf(-0.5);
        Ok((self.query.forward(rows)? * scale)?)
    }

    /// What is looked back at in a whole source: tokens × width.
    pub(super) fn look_at(&self, rows: &Tensor) -> Result<Memory, MarianError> {
        Ok(Memory {
            keys: self.split(&self.key.forward(rows)?)?,
            values: self.split(&self.value.forward(rows)?)?,
        })
    }

    /// Every row looks at the whole of one source.
    pub(super) fn over(&self, rows: &Tensor, source: &Memory) -> Result<Tensor, MarianError> {
        let query = self.split(&self.query(rows)?)?;
        let seen = look(&query, &source.keys, &source.values)?;
        let rows = seen.transpose(0, 1)?.reshape((rows.dim(0)?, self.width))?;
        Ok(self.out.forward(&rows)?)
    }

    /// Each beam's new row, beams × width, looks at that beam's rows so far and itself.
    pub(super) fn onward(
        &self,
        rows: &Tensor,
        own: &mut Option<Memory>,
    ) -> Result<Tensor, MarianError> {
        let beams = rows.dim(0)?;
        let shape = (beams, self.heads, 1, self.width / self.heads);
        let query = self.query(rows)?.reshape(shape)?;
        let mut keys = self.key.forward(rows)?.reshape(shape)?;
        let mut values = self.value.forward(rows)?.reshape(shape)?;
        if let Some(before) = own.take() {
            keys = Tensor::cat(&[&before.keys, &keys], 2)?;
            values = Tensor::cat(&[&before.values, &values], 2)?;
        }
        let seen = look(&query, &keys, &values)?.reshape((beams, self.width))?;
        *own = Some(Memory { keys, values });
        Ok(self.out.forward(&seen)?)
    }
}

fn look(query: &Tensor, keys: &Tensor, values: &Tensor) -> Result<Tensor, MarianError> {
    let last = keys.rank() - 1;
    let weights = query.matmul(&keys.transpose(last - 1, last)?.contiguous()?)?;
    let weights = candle_nn::ops::softmax_last_dim(&weights)?;
    Ok(weights.matmul(values)?)
}
