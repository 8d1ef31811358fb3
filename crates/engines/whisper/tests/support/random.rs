//! Numbers that look random and are the same everywhere, and a model of them.

use super::tiny::{MULTILINGUAL, STATE, Tiny};

/// `SplitMix64`: Steele, Lea and Flood, 2014.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Evenly from −1 to 1.
    fn even(&mut self) -> f32 {
        ((self.next() >> 40) as f32 / f32::from(1_u16 << 12) / 4_096.0) * 2.0 - 1.0
    }
}

/// A model of random weights, that are large enough for one word to be much likelier than the next.
pub(crate) fn random_model(seed: u64) -> Tiny {
    let mut random = Random(seed);
    let mut model = Tiny::zero(MULTILINGUAL);
    for (name, tensor) in &mut model.tensors {
        let scale = match name.as_str() {
            "decoder.token_embedding.weight" => 4.0,
            // The token before must not outweigh the place and what was heard: a loop would follow.
            "decoder.positional_embedding" => 200.0,
            "decoder.blocks.0.cross_attn.out.weight" => 20.0,
            "decoder.blocks.0.mlp.2.weight" => 3.0,
            "encoder.conv1.weight" => 0.3,
            name if name.contains("positional") || name.ends_with("value.weight") => 1.0,
            name if name.contains("ln") => continue,
            name if name.ends_with("bias") => 0.2,
            _ => 0.5,
        };
        tensor.values.fill_with(|| random.even() * scale);
    }
    // Rows of one length, so that every word may win; times and the end are unlikely, and languages
    // are between them and the words.
    let first = model.words.len();
    let rows = model
        .values("decoder.token_embedding.weight")
        .chunks_mut(STATE);
    for (token, row) in rows.enumerate() {
        let length = match token.checked_sub(first) {
            None => 40.0,
            Some(2..=100) => 2.0,
            Some(_) => 0.3,
        };
        let own = row.iter().map(|value| value * value).sum::<f32>().sqrt();
        row.iter_mut().for_each(|value| *value *= length / own);
    }
    // After twenty words it ends.
    let end = |place: usize| if place.is_multiple_of(2) { 1.0 } else { -1.0 };
    let row = &mut model.values("decoder.token_embedding.weight")[first * STATE..][..STATE];
    (0..STATE).for_each(|place| row[place] = 15.0 * end(place));
    for row in model
        .values("decoder.positional_embedding")
        .chunks_mut(STATE)
        .skip(23)
    {
        (0..STATE).for_each(|place| row[place] = 200.0 * end(place));
    }
    model
}
