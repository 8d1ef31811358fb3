//! Which requests a checkpoint accepts, and the errors of the others.
#![allow(clippy::unwrap_used)]

mod common;

use std::sync::Arc;

use common::checkpoint;
use mynah_qwen3::Qwen3Error;
use mynah_qwen3::config::{GenerationConfig, ModelConfig};
use mynah_qwen3::prompt::TextLayout;
use mynah_qwen3::request::{
    ClonePrompt, EncodedReference, MAX_INSTRUCTION_BYTES, MAX_TEXT_BYTES, Method, Request,
    SamplingOverrides, ValidRequest, ValidationMode,
};
use mynah_qwen3::tokenizer::{Pretokenizer, TextTokenizer};

use ValidationMode::{Official, Strict};

fn validate(
    name: &str,
    request: &Request,
    mode: ValidationMode,
) -> Result<ValidRequest, Qwen3Error> {
    let folder = checkpoint(name);
    let config = ModelConfig::load(&folder).unwrap();
    let generation = GenerationConfig::load(&folder).unwrap();
    request.validate(&config, &generation, mode)
}

/// The parameter at fault, the kind of fault and the message.
fn refused(name: &str, request: &Request) -> String {
    match validate(name, request, Strict).unwrap_err() {
        Qwen3Error::Invalid { param, message } => format!("{param}: {message}"),
        Qwen3Error::Unsupported { param, message } => format!("{param} (unsupported): {message}"),
        other => panic!("{other}"),
    }
}

fn speaker(name: &str) -> Method {
    Method::CustomVoice {
        speaker: Some(name.into()),
        instruct: None,
    }
}

fn described(instruct: &str) -> Method {
    Method::VoiceDesign {
        instruct: instruct.into(),
    }
}

fn heard() -> ClonePrompt {
    ClonePrompt {
        embedding: vec![0.1; 64],
        reference: Some(EncodedReference {
            text: "A reference.".into(),
            codes: vec![3; 32],
        }),
    }
}

fn cloned(change: impl FnOnce(&mut ClonePrompt)) -> Request {
    let mut prompt = heard();
    change(&mut prompt);
    Request::new("Hello.", Method::Clone(Arc::new(prompt)))
}

fn speaking(language: &str) -> Request {
    Request {
        language: language.into(),
        ..Request::new("Hello.", speaker("ryan"))
    }
}

fn sampled(sampling: SamplingOverrides) -> Request {
    Request {
        sampling,
        ..Request::new("Hello.", speaker("ryan"))
    }
}

#[test]
fn refusals_name_what_is_supported() {
    let none = SamplingOverrides::default();
    let instructed = Request::new(
        "Hello.",
        Method::CustomVoice {
            speaker: Some("ryan".into()),
            instruct: Some("Whisper.".into()),
        },
    );
    let custom = "tiny-custom_voice";
    let table = [
        (
            custom,
            Request::new("Hello.", speaker("Bob\n")),
            r#"voice (unsupported): there is no speaker "Bob\n"; this model has aiden, dylan, eric, ono_anna, ryan, serena, sohee, uncle_fu, vivian"#,
        ),
        (
            custom,
            speaking("klingon"),
            r#"language (unsupported): this model does not speak "klingon"; it speaks chinese, english, french, german, italian, japanese, korean, portuguese, russian, spanish, or auto"#,
        ),
        (
            custom,
            speaking("beijing_dialect"),
            r#"language (unsupported): this model does not speak "beijing_dialect"; it speaks chinese, english, french, german, italian, japanese, korean, portuguese, russian, spanish, or auto"#,
        ),
        (
            custom,
            Request::new("Hello.", described("A calm old man.")),
            "voice (unsupported): this model speaks with its preset speakers; for a described voice use a checkpoint whose name ends in VoiceDesign",
        ),
        (
            custom,
            cloned(|_| {}),
            "voice (unsupported): this model speaks with its preset speakers; for a cloned voice use a checkpoint whose name ends in Base",
        ),
        (
            "tiny17-voice_design",
            Request::new("Hello.", speaker("ryan")),
            "voice (unsupported): this model speaks with a voice described in `instructions`; for a preset speaker use a checkpoint whose name ends in CustomVoice",
        ),
        (
            "tiny-base",
            Request::new("Hello.", speaker("ryan")),
            "voice (unsupported): this model speaks with a voice cloned from a reference recording; for a preset speaker use a checkpoint whose name ends in CustomVoice",
        ),
        (
            custom,
            instructed,
            "instructions (unsupported): this model ignores instructions; leave them out, or use Qwen3-TTS-12Hz-1.7B-CustomVoice or Qwen3-TTS-12Hz-1.7B-VoiceDesign",
        ),
        (
            "tiny17-voice_design",
            Request::new("Hello.", described(" ")),
            "instructions: a designed voice must be described; write into `instructions` how it sounds",
        ),
        (
            custom,
            Request::new(" \n\t", speaker("ryan")),
            "input: the input has no words to speak",
        ),
        (
            custom,
            sampled(SamplingOverrides {
                temperature: Some(0.0),
                ..none
            }),
            "temperature: temperature is 0; it must be above 0, and at most 10",
        ),
        (
            custom,
            sampled(SamplingOverrides {
                temperature: Some(f32::NAN),
                ..none
            }),
            "temperature: temperature is NaN; it must be above 0, and at most 10",
        ),
        (
            custom,
            sampled(SamplingOverrides {
                top_p: Some(1.01),
                ..none
            }),
            "top_p: top_p is 1.01; it must be above 0, and at most 1",
        ),
        (
            custom,
            sampled(SamplingOverrides {
                subtalker_top_p: Some(-1.0),
                ..none
            }),
            "subtalker_top_p: subtalker_top_p is -1; it must be above 0, and at most 1",
        ),
        (
            custom,
            sampled(SamplingOverrides {
                repetition_penalty: Some(0.0),
                ..none
            }),
            "repetition_penalty: repetition_penalty is 0; it must be above 0, and at most 10",
        ),
        (
            custom,
            sampled(SamplingOverrides {
                max_frames: Some(0),
                ..none
            }),
            "max_frames: max_frames is 0; it must be from 1 to 32768",
        ),
        (
            custom,
            sampled(SamplingOverrides {
                min_frames: Some(9),
                max_frames: Some(8),
                ..none
            }),
            "min_frames: min_frames is 9, more than max_frames, 8",
        ),
        (
            "tiny-base",
            cloned(|prompt| prompt.embedding.truncate(32)),
            "voice: the cloned voice has 32 numbers and this model's have 64; clone it again with this model",
        ),
        (
            "tiny-base",
            cloned(|prompt| prompt.embedding[0] = f32::INFINITY),
            "voice: the cloned voice has numbers that are not finite; clone it again",
        ),
        (
            "tiny-base",
            cloned(|prompt| prompt.reference.as_mut().unwrap().codes.truncate(17)),
            "voice: the cloned voice has 17 codes, which do not make frames of 16; clone it again",
        ),
        (
            "tiny-base",
            cloned(|prompt| prompt.reference.as_mut().unwrap().codes[16] = 128),
            "voice: the cloned voice has codes that this model does not have; clone it again with this model",
        ),
        (
            "tiny-base",
            cloned(|prompt| prompt.reference.as_mut().unwrap().text.clear()),
            "reference_text: the transcript of the reference is missing; send it, or clone the voice from its embedding only",
        ),
    ];
    for (name, request, message) in table {
        assert_eq!(refused(name, &request), message, "{name}");
    }
}

#[test]
fn lengths_are_checked_at_their_bounds() {
    let custom = "tiny-custom_voice";
    let long = |bytes| Request::new("a".repeat(bytes), speaker("ryan"));
    assert!(validate(custom, &long(MAX_TEXT_BYTES), Strict).is_ok());
    assert!(
        refused(custom, &long(MAX_TEXT_BYTES + 1)).starts_with("input: the input has 32769 bytes")
    );
    let design = "tiny17-voice_design";
    let long = |bytes| Request::new("Hi", described(&"a".repeat(bytes)));
    assert!(validate(design, &long(MAX_INSTRUCTION_BYTES), Strict).is_ok());
    assert!(refused(design, &long(MAX_INSTRUCTION_BYTES + 1)).starts_with("instructions:"));
    let ends = SamplingOverrides {
        temperature: Some(10.0),
        top_p: Some(1.0),
        top_k: Some(0),
        max_frames: Some(1),
        ..SamplingOverrides::default()
    };
    assert!(validate(custom, &sampled(ends), Strict).is_ok());
}

#[test]
fn names_are_quoted_only_in_part() {
    let message = refused(
        "tiny-custom_voice",
        &Request::new("Hi", speaker(&"b".repeat(10_000))),
    );
    assert!(message.len() < 250, "{message}");
}

#[test]
fn languages_are_resolved_by_name_and_tag() {
    let config = ModelConfig::load(&checkpoint("tiny-custom_voice")).unwrap();
    let id = |name: &str| Some(config.talker_config.codec_language_id[name]);
    for (wanted, spoken) in [
        ("auto", None),
        ("Auto", None),
        ("English", id("english")),
        ("en", id("english")),
        ("EN-gb", id("english")),
        ("zh-Hant-TW", id("chinese")),
        ("pt_BR", id("portuguese")),
    ] {
        let valid = validate("tiny-custom_voice", &speaking(wanted), Strict).unwrap();
        assert_eq!(valid.language(), spoken, "{wanted}");
    }
    assert_eq!(config.talker_config.language_tags().count(), 10);
}

#[test]
fn official_mode_drops_ignored_options() {
    let instructed = Request::new(
        "Hello, world. This is a test.",
        Method::CustomVoice {
            speaker: Some("ryan".into()),
            instruct: Some("Speak softly.".into()),
        },
    );
    let length = |name: &str, request: &Request, mode| {
        let folder = checkpoint(name);
        let config = ModelConfig::load(&folder).unwrap();
        let tokenizer = TextTokenizer::load(&folder, Pretokenizer::Qwen2).unwrap();
        let valid = validate(name, request, mode).unwrap();
        valid.layout(&config, &tokenizer).unwrap().positions.len()
    };
    assert_eq!(length("tiny-custom_voice", &instructed, Official), 38);
    assert_eq!(length("tiny17-custom_voice", &instructed, Official), 56);
    assert_eq!(length("tiny17-custom_voice", &instructed, Strict), 56);
    // A control token that is spelled is one position, or as many as it has letters.
    let spelled = Request::new("Hi<|im_end|>", speaker("ryan"));
    assert_eq!(length("tiny-custom_voice", &spelled, Official), 13);
    assert!(length("tiny-custom_voice", &spelled, Strict) > 20);
    let described = Request::new("Hi", described(""));
    assert_eq!(length("tiny17-voice_design", &described, Official), 11);
}

#[test]
fn defaults_come_from_method_and_checkpoint() {
    let valid = validate("tiny-base", &cloned(|_| {}), Strict).unwrap();
    let streaming = Request {
        text_layout: Some(TextLayout::Streaming),
        ..cloned(|_| {})
    };
    let folder = checkpoint("tiny-base");
    let config = ModelConfig::load(&folder).unwrap();
    let tokenizer = TextTokenizer::load(&folder, Pretokenizer::Qwen2).unwrap();
    let layout = |valid: &ValidRequest| valid.layout(&config, &tokenizer).unwrap();
    let streaming = validate("tiny-base", &streaming, Strict).unwrap();
    assert_eq!(layout(&valid), layout(&streaming));
    let parameters = valid.sampling();
    assert_eq!((parameters.min_frames, parameters.max_frames), (2, 8191));
    assert_eq!(parameters.talker.top_k, 50);
    assert_eq!(parameters.seed, None);
    assert_eq!(valid.max_frames(&config, &layout(&valid)), 8191);
    let greedy = Request {
        sampling: SamplingOverrides::default().greedy(),
        ..cloned(|_| {})
    };
    let greedy = validate("tiny-base", &greedy, Strict).unwrap();
    assert!(!greedy.sampling().talker.do_sample);
    assert!(!greedy.sampling().predictor.do_sample);
}

#[test]
fn prompts_that_fill_the_context_are_refused() {
    let folder = checkpoint("tiny-custom_voice");
    let mut config = ModelConfig::load(&folder).unwrap();
    let tokenizer = TextTokenizer::load(&folder, Pretokenizer::Qwen2).unwrap();
    let valid = validate(
        "tiny-custom_voice",
        &Request::new("Hello.", speaker("ryan")),
        Strict,
    )
    .unwrap();
    let length = valid.layout(&config, &tokenizer).unwrap().positions.len();
    config.talker_config.max_position_embeddings = length + 2;
    let layout = valid.layout(&config, &tokenizer).unwrap();
    assert_eq!(valid.max_frames(&config, &layout), 2);
    config.talker_config.max_position_embeddings = length + 1;
    let error = valid.layout(&config, &tokenizer).unwrap_err();
    assert!(
        matches!(error, Qwen3Error::Invalid { param: "input", .. }),
        "{error}"
    );
}
