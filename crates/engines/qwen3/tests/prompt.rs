//! The layout of a prompt: every case's embeddings against the official package's, and the lengths
//! and branches that no case shows.
#![allow(clippy::unwrap_used)]

mod common;
#[path = "common/embed.rs"]
mod embed;

use common::{Case, checkpoint, integers};
use embed::{Cloned, Embedder};
use mynah_qwen3::config::{ModelConfig, ModelKind};
use mynah_qwen3::prompt::{
    CodecPart, Layout, Position, PromptParts, Reference, TextLayout, TextPart, language_id,
};
use mynah_qwen3::tokenizer::{Pretokenizer, SpecialTokens, TextTokenizer};
use mynah_qwen3::weights::Weights;
use serde_json::Value;

const TALKING: &str = "Hello, world. This is a test.";

struct Model {
    config: ModelConfig,
    tokenizer: TextTokenizer,
    weights: Weights,
    cloned: Option<Cloned>,
    reference_text: Option<String>,
}

impl Model {
    fn open(name: &str) -> Self {
        let folder = checkpoint(name);
        let config = ModelConfig::load(&folder).unwrap();
        let (cloned, reference_text) = if config.kind == ModelKind::Base {
            let case = Case::open(name, "clone_prompt");
            let (codes, shape) = integers(&folder.join("clone_prompt.safetensors"), "ref_code");
            let codes: Vec<_> = codes.iter().map(|c| u32::try_from(*c).unwrap()).collect();
            let cloned = Cloned {
                embedding: case.tensor("spk_embedding").0,
                codes: codes.chunks(shape[1]).map(<[u32]>::to_vec).collect(),
            };
            let text = case.request["ref_text"].as_str().unwrap().to_owned();
            (Some(cloned), Some(text))
        } else {
            (None, None)
        };
        Self {
            tokenizer: TextTokenizer::load(&folder, Pretokenizer::Qwen2).unwrap(),
            weights: Weights::open(&folder).unwrap(),
            config,
            cloned,
            reference_text,
        }
    }

    fn layout(&self, asked: &Asked<'_>) -> Layout {
        let spelled = SpecialTokens::Literal;
        let talker = &self.config.talker_config;
        let text = self.tokenizer.speech(asked.text, spelled).unwrap();
        let instruction = asked
            .instruct
            .filter(|_| self.config.follows_instructions())
            .map(|text| self.tokenizer.instruction(text, spelled).unwrap());
        let reference = self
            .reference_text
            .as_ref()
            .map(|text| self.tokenizer.reference(text, spelled).unwrap());
        let named = asked.language.filter(|name| *name != "Auto");
        let language = language_id(talker, named, asked.speaker);
        let parts = match self.config.kind {
            ModelKind::CustomVoice => {
                let speaker = asked.speaker.map(|s| talker.spk_id[&s.to_lowercase()]);
                PromptParts::custom_voice(&text, speaker, language, instruction.as_deref())
            }
            ModelKind::VoiceDesign => {
                PromptParts::voice_design(&text, language, instruction.as_deref().unwrap())
            }
            ModelKind::Base if asked.x_vector => PromptParts::clone_x_vector(&text, language),
            ModelKind::Base => PromptParts::clone_icl(
                &text,
                language,
                Reference {
                    body: reference.as_deref().unwrap(),
                    frames: self.cloned.as_ref().unwrap().codes.len(),
                },
            ),
        };
        let parts = match asked.non_streaming {
            None => parts,
            Some(true) => parts.with_text_layout(TextLayout::Whole),
            Some(false) => parts.with_text_layout(TextLayout::Streaming),
        };
        Layout::new(talker, &parts)
    }
}

#[derive(Default)]
struct Asked<'a> {
    text: &'a str,
    speaker: Option<&'a str>,
    language: Option<&'a str>,
    instruct: Option<&'a str>,
    non_streaming: Option<bool>,
    x_vector: bool,
}

impl<'a> Asked<'a> {
    /// Item `b` of a case's request.
    fn item(request: &'a Value, case: &str, b: usize) -> Self {
        let string = |key: &str| match &request[key] {
            Value::Array(items) => items[b].as_str(),
            one => one.as_str(),
        };
        Self {
            text: string("text").unwrap(),
            speaker: string("speaker"),
            language: string("language"),
            instruct: string("instruct"),
            non_streaming: request["non_streaming_mode"].as_bool(),
            x_vector: case == "xvec",
        }
    }
}

fn assert_near(got: &[f32], official: &[f32], what: &str) {
    assert_eq!(got.len(), official.len(), "{what}");
    let scale = official.iter().fold(1e-3_f32, |max, x| max.max(x.abs()));
    for (place, (got, official)) in got.iter().zip(official).enumerate() {
        let off = (got - official).abs();
        assert!(
            off <= 1e-4 * scale,
            "{what}: {got} for {official} at {place}"
        );
    }
}

#[test]
fn every_prompt_has_the_official_layout() {
    let custom = [
        "nonstream",
        "stream",
        "auto",
        "dialect",
        "instruct",
        "short",
        "batch",
    ];
    let base = ["xvec", "icl_stream", "icl_nonstream", "icl_longtext"];
    let table: [(&str, &[&str]); 5] = [
        ("tiny-custom_voice", &custom),
        ("tiny17-custom_voice", &custom),
        ("tiny17-voice_design", &["design", "design_stream"]),
        ("tiny-base", &base),
        ("tiny17-base", &base),
    ];
    for (name, cases) in table {
        let model = Model::open(name);
        for case in cases {
            compare(&model, name, case);
        }
    }
}

/// A batch is as long as its longest: prompts are padded in front with zeros, what trails them
/// behind with `tts_pad`.
fn compare(model: &Model, name: &str, case_name: &str) {
    let case = Case::open(name, case_name);
    let embedder = Embedder {
        config: &model.config,
        weights: &model.weights,
        cloned: model.cloned.as_ref(),
    };
    let (prompt, shape) = case.tensor("prompt.inputs_embeds");
    let (trailing, trailing_shape) = case.tensor("prompt.trailing_text_hidden");
    let (pad, _) = case.tensor("prompt.tts_pad_embed");
    assert_near(&embedder.text(TextPart::Pad), &pad, "tts_pad_embed");
    let [items, length, width] = shape[..] else {
        panic!("{shape:?}")
    };
    for item in 0..items {
        let what = format!("{name}/{case_name}, item {item}");
        let layout = model.layout(&Asked::item(&case.request, case_name, item));
        let (mut ours, mut ours_trailing) = embedder.layout(&layout);
        let mut padded = vec![0.0; length * width - ours.len()];
        padded.append(&mut ours);
        assert_near(
            &padded,
            &prompt[item * length * width..][..length * width],
            &what,
        );
        while ours_trailing.len() < trailing_shape[1] * width {
            ours_trailing.extend(&pad);
        }
        let row = trailing_shape[1] * width;
        assert_near(
            &ours_trailing,
            &trailing[item * row..][..row],
            &format!("{what}, trailing"),
        );
    }
}

#[test]
fn prompts_have_the_expected_lengths() {
    let custom = Model::open("tiny17-custom_voice");
    let design = Model::open("tiny17-voice_design");
    let ryan = Asked {
        text: TALKING,
        speaker: Some("ryan"),
        language: Some("English"),
        ..Asked::default()
    };
    let design_asked = Asked {
        text: TALKING,
        instruct: Some("A calm old man."),
        ..Asked::default()
    };
    let table = [
        (&custom, Asked { ..ryan }, 39, 1),
        (
            &custom,
            Asked {
                non_streaming: Some(false),
                ..ryan
            },
            10,
            28,
        ),
        (
            &custom,
            Asked {
                language: None,
                ..ryan
            },
            38,
            1,
        ),
        (
            &custom,
            Asked {
                instruct: Some("Speak softly."),
                ..ryan
            },
            57,
            1,
        ),
        (
            &design,
            Asked {
                language: Some("English"),
                ..design_asked
            },
            57,
            1,
        ),
        (
            &design,
            Asked {
                non_streaming: Some(false),
                ..design_asked
            },
            27,
            28,
        ),
    ];
    for (model, asked, prompt, trailing) in table {
        let layout = model.layout(&asked);
        assert_eq!(layout.positions.len(), prompt);
        assert_eq!(layout.trailing.len(), trailing);
        let frames_left = layout.frames_left(&model.config.talker_config);
        assert_eq!(frames_left, 32_768 - prompt);
    }
}

#[test]
fn without_a_speaker_the_position_is_omitted() {
    let custom = Model::open("tiny-custom_voice");
    let layout = custom.layout(&Asked {
        text: TALKING,
        language: Some("English"),
        ..Asked::default()
    });
    assert_eq!(layout.positions.len(), 38);
}

#[test]
fn references_longer_than_the_text_are_padded() {
    let base = Model::open("tiny-base");
    let talker = &base.config.talker_config;
    let text = base.tokenizer.speech("Hi", SpecialTokens::Literal).unwrap();
    let layout = |frames| {
        let body = [7, 8];
        let reference = Reference {
            body: &body,
            frames,
        };
        Layout::new(talker, &PromptParts::clone_icl(&text, None, reference))
    };
    // Two words of the reference, two letters and the end, against the beginning and the frames.
    let [h, i] = text.body[..] else {
        panic!("two letters")
    };
    let words = [
        TextPart::Token(7),
        TextPart::Token(8),
        TextPart::Token(h),
        TextPart::Token(i),
        TextPart::Eos,
    ];
    let role_and_codec = 3 + 3 + 1 + 1;
    for frames in 0..8 {
        let layout = layout(frames);
        let sounding = &layout.positions[role_and_codec..];
        assert_eq!(sounding.len(), frames + 1);
        for (place, position) in sounding.iter().enumerate() {
            let text = words.get(place).copied().unwrap_or(TextPart::Pad);
            let codec = match place.checked_sub(1) {
                None => CodecPart::Code(talker.codec_bos_id),
                Some(frame) => CodecPart::Frame(frame),
            };
            assert_eq!(
                *position,
                Position {
                    text: Some(text),
                    codec: Some(codec)
                }
            );
        }
        match words.get(frames + 1..) {
            Some(left) if !left.is_empty() => assert_eq!(layout.trailing, left),
            _ => assert_eq!(layout.trailing, [TextPart::Pad]),
        }
    }
}

#[test]
fn the_constant_prefix_is_maximal_and_equal_for_two_texts() {
    for (name, x_vector, streaming, length) in [
        ("tiny-custom_voice", false, false, 9),
        ("tiny-custom_voice", false, true, 9),
        ("tiny17-voice_design", false, false, 27),
        ("tiny-base", true, true, 9),
        // The words of the reference stand beside its sound, or before it.
        ("tiny-base", false, true, 9 + 16),
        ("tiny-base", false, false, 9 + 16),
    ] {
        let model = Model::open(name);
        let speaker = (model.config.kind == ModelKind::CustomVoice).then_some("ryan");
        let layout = |text| {
            model.layout(&Asked {
                text,
                speaker,
                language: Some("English"),
                instruct: Some("A calm old man."),
                non_streaming: Some(!streaming),
                x_vector,
            })
        };
        let (one, other) = (layout("One."), layout("Another."));
        assert_eq!(one.constant(), other.constant(), "{name}");
        assert_eq!(one.constant().len(), length, "{name}");
        assert_ne!(one.positions[length], other.positions[length], "{name}");
    }
}

#[test]
fn dialect_speakers_use_their_dialect_for_chinese_and_auto() {
    let model = Model::open("tiny-custom_voice");
    let talker = &model.config.talker_config;
    let id = |name: &str| Some(talker.codec_language_id[name]);
    for (language, speaker, spoken) in [
        (None, Some("dylan"), id("beijing_dialect")),
        (Some("Chinese"), Some("Eric"), id("sichuan_dialect")),
        (Some("english"), Some("dylan"), id("english")),
        (Some("Chinese"), Some("ryan"), id("chinese")),
        (Some("Chinese"), None, id("chinese")),
        (None, Some("ryan"), None),
        (None, None, None),
    ] {
        assert_eq!(
            language_id(talker, language, speaker),
            spoken,
            "{language:?} {speaker:?}"
        );
    }
}
