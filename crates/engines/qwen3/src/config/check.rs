//! Checks that every part of a configuration shares. A reason names the key.

/// The largest width, count of rows or context accepted: far above any real model, and small
/// enough that products of two stay in range.
const MAX_SIZE: usize = 1 << 20;

/// Ok, or why a configuration is invalid.
pub(crate) type CheckResult = Result<(), String>;

/// Fails with `reason` where `sound` does not hold.
pub(crate) fn ensure(holds: bool, reason: impl FnOnce() -> String) -> CheckResult {
    if holds { Ok(()) } else { Err(reason()) }
}

/// Every size is at least 1 and at most [`MAX_SIZE`].
pub(crate) fn sizes(part: &str, sizes: &[(&str, usize)]) -> CheckResult {
    sizes.iter().try_for_each(|(key, size)| {
        ensure((1..=MAX_SIZE).contains(size), || {
            format!("{part}.{key} is {size}; it must be from 1 to {MAX_SIZE}")
        })
    })
}

/// The keys of one kind of layer, which talker and code predictor share.
pub(crate) struct AttentionKeys<'a> {
    pub(crate) part: &'a str,
    pub(crate) heads: usize,
    pub(crate) kv_heads: usize,
    pub(crate) head_dim: usize,
    pub(crate) hidden_act: &'a str,
    pub(crate) attention_bias: bool,
    pub(crate) use_sliding_window: bool,
    pub(crate) rms_norm_eps: f32,
    pub(crate) rope_theta: f32,
}

impl AttentionKeys<'_> {
    pub(crate) fn check(&self) -> CheckResult {
        let part = self.part;
        ensure(self.heads.is_multiple_of(self.kv_heads), || {
            format!(
                "{part}.num_attention_heads is {}, not a multiple of num_key_value_heads, {}",
                self.heads, self.kv_heads
            )
        })?;
        ensure(self.head_dim.is_multiple_of(2), || {
            format!(
                "{part}.head_dim is {}; rotary positions need it even",
                self.head_dim
            )
        })?;
        ensure(self.hidden_act == "silu", || {
            format!(
                "{part}.hidden_act is {:?}; the engine computes silu",
                self.hidden_act
            )
        })?;
        ensure(!self.attention_bias, || {
            format!("{part}.attention_bias is true; the engine computes attention without")
        })?;
        ensure(!self.use_sliding_window, || {
            format!("{part}.use_sliding_window is true; the engine computes full attention")
        })?;
        ensure(
            self.rms_norm_eps.is_finite() && self.rms_norm_eps > 0.0,
            || {
                format!(
                    "{part}.rms_norm_eps is {}; it must be above 0",
                    self.rms_norm_eps
                )
            },
        )?;
        ensure(self.rope_theta.is_finite() && self.rope_theta > 1.0, || {
            format!(
                "{part}.rope_theta is {}; it must be above 1",
                self.rope_theta
            )
        })
    }
}
