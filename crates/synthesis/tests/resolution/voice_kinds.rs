//! Voices of references and descriptions.

use std::sync::Arc;

use mynah_speech::{Consent, Reference, SpeechError, VoiceKind};
use mynah_synthesis::{SpeechJob, Synthesis, SynthesisSettings};
use mynah_tone::Tone;

use crate::common::no_engines;
use crate::{ENGLISH, chosen, flite, job};

/// Two engines: one with preset voices only, and tones, which support all kinds.
fn two_engines() -> Synthesis {
    let engines = no_engines()
        .with_synthesizer(flite())
        .with_synthesizer(Tone::default());
    Synthesis::new(engines, SynthesisSettings::default())
}

fn reference(text: Option<&str>, x_vector_only: bool) -> Option<Arc<Reference>> {
    Some(Arc::new(Reference {
        audio: b"sound".as_slice().into(),
        text: text.map(Into::into),
        x_vector_only,
        provenance: Consent::now("Ana", "I agree.").unwrap().into(),
    }))
}

/// The kind of error, its parameter, and the message.
fn refused(job: SpeechJob) -> String {
    match two_engines().plan(job).unwrap_err() {
        SpeechError::Invalid { param, message } => format!("invalid {param}: {message}"),
        SpeechError::Unsupported { param, message } => format!("unsupported {param}: {message}"),
        error => panic!("{error:?}"),
    }
}

#[test]
fn references_and_descriptions_select_the_kind_of_voice() {
    let plan = |job| chosen(&two_engines().plan(job).unwrap());
    let best = || job(ENGLISH, "best", "en");
    assert_eq!(plan(best()), "flite/slt in en");
    let cloned = |voice: &str| SpeechJob {
        reference: reference(Some("Hello."), false),
        ..job(ENGLISH, voice, "en")
    };
    assert_eq!(plan(cloned("best")), "tone/clone in en");
    assert_eq!(plan(cloned("clone")), "tone/clone in en");
    let designed = |voice: &str| SpeechJob {
        kind: Some(VoiceKind::Designed),
        instruct: Some("a calm old man".into()),
        ..job(ENGLISH, voice, "en")
    };
    assert_eq!(plan(designed("best")), "tone/design in en");
    assert_eq!(plan(designed("tone/design")), "tone/design in en");

    let x_vector = SpeechJob {
        reference: reference(Some("Hello."), true),
        ..best()
    };
    let x_vector = two_engines().plan(x_vector).unwrap();
    assert_eq!(x_vector.ignored(), ["ref_text"]);
}

#[test]
fn options_of_another_kind_of_voice_are_refused() {
    let named = |voice: &str| job(ENGLISH, voice, "en");
    let cloned = |voice: &str| SpeechJob {
        reference: reference(Some("Hello."), false),
        ..named(voice)
    };
    let errors = [
        refused(named("clone")),
        refused(named("design")),
        refused(cloned("slt")),
        refused(cloned("alloy")),
        refused(cloned("design")),
        refused(SpeechJob {
            engine: Some("flite".into()),
            ..cloned("best")
        }),
        refused(SpeechJob {
            reference: reference(Some(" "), false),
            ..named("best")
        }),
        refused(SpeechJob {
            kind: Some(VoiceKind::Preset),
            ..cloned("clone")
        }),
        refused(SpeechJob {
            kind: Some(VoiceKind::Cloned),
            ..named("alto")
        }),
        refused(SpeechJob {
            instruct: Some("whisper".into()),
            ..cloned("clone")
        }),
    ];
    insta::assert_snapshot!(errors.join("\n"));
}
