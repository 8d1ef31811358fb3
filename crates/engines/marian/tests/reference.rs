//! The tiny models against what the reference made of them (`make_tiny.py`).
#![allow(clippy::unwrap_used)]

mod common;

use common::{data, expected, loaded};
use mynah_marian::generate::generate;
use mynah_marian::spm::Unigram;
use mynah_speech::Cancel;

/// How far a logit may be from the reference's.
const NEAR: f32 = 1e-4;

#[test]
fn texts_are_cut_into_the_same_pieces() {
    let text = std::fs::read_to_string(data().join("pieces.json")).unwrap();
    let all: std::collections::BTreeMap<String, Vec<(String, Vec<String>)>> =
        serde_json::from_str(&text).unwrap();
    let mut count = 0;
    for (model, cases) in all {
        let spm = Unigram::read(&data().join(&model).join("source.spm")).unwrap();
        for (text, pieces) in cases {
            assert_eq!(spm.encode(&text), pieces, "{model}: {text:?}");
            count += 1;
        }
    }
    assert!(count > 500, "{count}");
}

#[test]
fn tokens_logits_and_targets_are_the_same() {
    for (name, cases) in expected() {
        let (tokenizer, model, generation) = loaded(&data().join(&name));
        for case in cases {
            let (code, text) = case.parts();
            assert_eq!(tokenizer.encode(text, code), case.input, "{name}: {text}");

            let mut state = model.encode(&case.input).unwrap();
            let start = [generation.decoder_start_token_id];
            let logits = model.step(&mut state, &start).unwrap().remove(0);
            assert_eq!(logits.len(), case.logits.len());
            for (token, (own, wanted)) in logits.iter().zip(&case.logits).enumerate() {
                assert!(
                    (own - wanted).abs() < NEAR,
                    "{name}: {token}: {own} and not {wanted}"
                );
            }

            let greedy = mynah_marian::Generation {
                num_beams: 1,
                ..generation.clone()
            };
            let own = generate(&model, &greedy, &case.input, &Cancel::new()).unwrap();
            assert_eq!(own, case.greedy, "{name}: {text}");
            for (place, wanted) in case.beams.iter().enumerate() {
                let beams = wanted.generation(&generation);
                let own = generate(&model, &beams, &case.input, &Cancel::new()).unwrap();
                assert_eq!(own, wanted.ids, "{name}: {text}: {beams:?}");
                if place == 0 {
                    assert_eq!(tokenizer.decode(&own), case.decoded, "{name}: {text}");
                }
            }
        }
    }
}

#[test]
fn cancelled_generation_gives_no_target() {
    let (_, model, generation) = loaded(&data().join("opus-mt-en-es"));
    let cancel = Cancel::new();
    cancel.cancel();
    for num_beams in [1, 4] {
        let generation = mynah_marian::Generation {
            num_beams,
            ..generation.clone()
        };
        let answer = generate(&model, &generation, &[5, 0], &cancel);
        assert!(matches!(answer, Err(mynah_marian::MarianError::Cancelled)));
    }
}
