//! Resolution of voices, and its errors.
#![allow(clippy::unwrap_used, reason = "a test")]

#[path = "../common/mod.rs"]
mod common;
mod voice_kinds;

use common::{FakeEngine, no_engines};
use mynah_speech::{
    Capability, SpeechError,
    VoiceGender::{Female, Male},
};
use mynah_synthesis::{Plan, SpeechJob, Synthesis, SynthesisSettings, VoiceChoice};

const ENGLISH: &str = "The weather is very nice today, and we walk along the river.";
const SPANISH: &str = "El tiempo es muy bueno hoy y caminamos a lo largo del río con los niños.";

fn flite() -> FakeEngine {
    FakeEngine::new(
        "flite",
        &[
            ("slt", &["en-US"], Female),
            ("rms", &["en-US"], Male),
            ("twin", &["en-US"], Male),
        ],
    )
}

fn espeak() -> FakeEngine {
    FakeEngine::new(
        "espeak",
        &[
            ("en-gb", &["en-GB", "en"], Male),
            ("es", &["es"], Male),
            ("es-419", &["es-419", "es"], Female),
            ("twin", &["fr"], Male),
        ],
    )
}

fn synthesis() -> Synthesis {
    let engines = no_engines()
        .with_synthesizer(flite())
        .with_synthesizer(espeak());
    Synthesis::new(engines, SynthesisSettings::default())
}

fn job(text: &str, voice: &str, language: &str) -> SpeechJob {
    SpeechJob {
        voice: if voice == "best" {
            VoiceChoice::Best
        } else {
            VoiceChoice::Named(voice.into())
        },
        language: language.parse().unwrap(),
        ..SpeechJob::new(text)
    }
}

fn chosen(plan: &Plan) -> String {
    format!("{} in {}", plan.voice().id, plan.language())
}

#[test]
fn names_and_languages_resolve_to_voices() {
    let synthesis = synthesis();
    for (text, voice, language, expected) in [
        // The best: by language, by the text, else English.
        (ENGLISH, "best", "auto", "flite/slt in en"),
        (SPANISH, "best", "auto", "espeak/es in es"),
        ("Ok", "best", "auto", "flite/slt in en"),
        (ENGLISH, "best", "en-US", "flite/slt in en-US"),
        (ENGLISH, "best", "en-GB", "espeak/en-gb in en-GB"),
        (ENGLISH, "best", "es-419", "espeak/es-419 in es-419"),
        // An alias: flite for English, the best for others, by its gender where there is one.
        (ENGLISH, "alloy", "auto", "flite/slt in en"),
        (ENGLISH, "onyx", "en", "flite/rms in en"),
        (ENGLISH, "alloy", "en-GB", "flite/slt in en-GB"),
        (SPANISH, "alloy", "auto", "espeak/es-419 in es"),
        (ENGLISH, "onyx", "es", "espeak/es in es"),
        ("Ok", "verse", "auto", "flite/rms in en"),
        // A name: full, or bare where that is unique.
        (ENGLISH, "flite/rms", "auto", "flite/rms in en"),
        (ENGLISH, "rms", "en", "flite/rms in en"),
        (ENGLISH, "espeak/en-gb", "auto", "espeak/en-gb in en"),
        (SPANISH, "slt", "auto", "flite/slt in en-US"),
        ("Ok", "es", "auto", "espeak/es in es"),
    ] {
        let plan = synthesis.plan(job(text, voice, language));
        let plan = plan.unwrap_or_else(|error| panic!("{voice} {language}: {error}"));
        assert_eq!(chosen(&plan), expected, "{voice} {language}");
        assert_eq!(plan.engine().as_str(), plan.voice().id.engine());
        assert_eq!(plan.ignored(), [""; 0]);
    }
}

#[test]
fn described_voices_resolve_to_the_engine_that_makes_them() {
    let engines = no_engines().with_synthesizer(flite());
    let synthesis = Synthesis::new(engines, SynthesisSettings::default());
    for (voice, expected) in [
        ("slt+rms", "flite/slt+rms in en-US"),
        ("flite/slt(2)+rms(1)", ""),
        ("flite/rms+slt", "flite/rms+slt in en-US"),
    ] {
        match synthesis.plan(job(ENGLISH, voice, "en-US")) {
            Ok(plan) => assert_eq!(chosen(&plan), expected),
            Err(error) => {
                assert_eq!(expected, "", "{error}");
                assert!(error.to_string().contains("to mix"), "{error}");
            }
        }
    }
}

#[test]
fn requests_can_name_an_engine() {
    let synthesis = synthesis();
    let by = |engine: &str, voice: &str| {
        let engine = Some(engine.into());
        synthesis.plan(SpeechJob {
            engine,
            ..job(ENGLISH, voice, "en")
        })
    };
    assert_eq!(chosen(&by("espeak", "best").unwrap()), "espeak/en-gb in en");
    assert_eq!(chosen(&by("flite", "twin").unwrap()), "flite/twin in en");
    let error = by("festival", "best").unwrap_err();
    assert_eq!(
        error.to_string(),
        "no engine 'festival' speaks; these do: flite, espeak"
    );
    assert!(matches!(
        error,
        SpeechError::Invalid {
            param: "engine",
            ..
        }
    ));
    let error = by("espeak", "flite/slt").unwrap_err();
    assert!(matches!(error, SpeechError::Invalid { param: "voice", .. }));
}

#[test]
fn errors_name_the_available_voices() {
    let synthesis = synthesis();
    for (voice, language, param, message) in [
        (
            "bob",
            "auto",
            "voice",
            "there is no voice 'bob'; there are, among others: flite/slt, flite/rms, flite/twin, espeak/en-gb, espeak/es, espeak/es-419",
        ),
        (
            "flite/bob",
            "auto",
            "voice",
            "there is no voice 'flite/bob'; there are, among others: flite/slt, flite/rms, flite/twin",
        ),
        (
            "festival/bob",
            "auto",
            "voice",
            "no engine 'festival' speaks; these do: flite, espeak",
        ),
        (
            "twin",
            "auto",
            "voice",
            "several voices are named 'twin': flite/twin, espeak/twin",
        ),
        (
            "flite/slt",
            "es",
            "language",
            "voice flite/slt does not speak es; these do: espeak/es, espeak/es-419",
        ),
        (
            "slt",
            "ja",
            "language",
            "voice flite/slt does not speak ja, and no other voice here does",
        ),
        ("best", "ja", "language", "no engine here speaks ja"),
        ("alloy", "ja", "language", "no engine here speaks ja"),
    ] {
        match synthesis.plan(job(ENGLISH, voice, language)) {
            Err(
                SpeechError::Invalid {
                    param: at,
                    message: text,
                }
                | SpeechError::Unsupported {
                    param: at,
                    message: text,
                },
            ) => assert_eq!((at, text.as_str()), (param, message), "{voice} {language}"),
            other => panic!("{voice} {language}: {other:?}"),
        }
    }
    let unprintable = synthesis.plan(job(ENGLISH, &format!("a\n{}", "b".repeat(100)), "auto"));
    let error = unprintable.unwrap_err().to_string();
    assert!(
        error.starts_with("there is no voice of this name;"),
        "{error}"
    );
}

#[test]
fn missing_engines_are_named_with_their_package() {
    let engines = no_engines()
        .with_synthesizer(FakeEngine::missing("flite"))
        .with_synthesizer(espeak());
    let synthesis = Synthesis::new(engines, SynthesisSettings::default());
    for voice in ["best", "alloy"] {
        assert_eq!(
            chosen(&synthesis.plan(job(ENGLISH, voice, "en")).unwrap()),
            "espeak/en-gb in en"
        );
    }
    let error = synthesis.plan(job(ENGLISH, "flite/slt", "en")).unwrap_err();
    assert!(
        matches!(error, SpeechError::Unavailable { .. }),
        "{error:?}"
    );
    assert!(
        error.to_string().contains("apt-get install flite"),
        "{error}"
    );
    let error = synthesis.plan(job(ENGLISH, "best", "ja")).unwrap_err();
    assert_eq!(
        error.to_string(),
        "no engine here speaks ja; flite is not installed (apt-get install flite)"
    );
    let none = no_engines().with_synthesizer(FakeEngine::missing("flite"));
    let none = Synthesis::new(none, SynthesisSettings::default());
    assert_eq!(none.voices(), []);
    let error = none.plan(job(ENGLISH, "best", "auto")).unwrap_err();
    assert!(
        matches!(error, SpeechError::Unavailable { .. }),
        "{error:?}"
    );
}

#[test]
fn unsupported_options_are_refused_or_listed() {
    let synthesis = synthesis();
    let with = |voice: &str| SpeechJob {
        instruct: Some("whisper".into()),
        seed: Some(7),
        ..job(ENGLISH, voice, "en")
    };
    // An alias does not imply an engine.
    assert_eq!(
        synthesis.plan(with("alloy")).unwrap().ignored(),
        ["instructions", "seed"]
    );
    for voice in ["flite/slt", "best"] {
        let error = synthesis.plan(with(voice)).unwrap_err();
        assert_eq!(
            error.to_string(),
            "voice flite/slt follows no instructions, and no other voice here does"
        );
        assert!(matches!(
            error,
            SpeechError::Unsupported {
                param: "instructions",
                ..
            }
        ));
    }
    let seeded = SpeechJob {
        seed: Some(7),
        ..job(ENGLISH, "slt", "en")
    };
    assert_eq!(synthesis.plan(seeded).unwrap().ignored(), ["seed"]);

    let able = Capability {
        instruct: true,
        seed: true,
        max_chars: 100,
        ..Capability::default()
    };
    let actor = FakeEngine::new("actor", &[("ann", &["en"], Female)]).with_capability(able);
    let engines = no_engines()
        .with_synthesizer(flite())
        .with_synthesizer(actor);
    let synthesis = Synthesis::new(engines, SynthesisSettings::default());
    assert_eq!(synthesis.plan(with("ann")).unwrap().ignored(), [""; 0]);
    let error = synthesis.plan(with("slt")).unwrap_err();
    assert_eq!(
        error.to_string(),
        "voice flite/slt follows no instructions; these do: actor/ann"
    );
}

#[test]
fn empty_texts_are_invalid() {
    for text in ["", "   \n\n", "\u{0}\u{1}", "\u{FEFF}"] {
        let error = synthesis().plan(job(text, "best", "en")).unwrap_err();
        assert!(
            matches!(error, SpeechError::Invalid { param: "input", .. }),
            "{text:?}: {error:?}"
        );
    }
}

#[test]
fn aliases_are_a_setting() {
    let settings: SynthesisSettings =
        toml::from_str("[aliases.narrator]\nvoices = [\"espeak/en-gb\"]\n").unwrap();
    let engines = no_engines()
        .with_synthesizer(flite())
        .with_synthesizer(espeak());
    let synthesis = Synthesis::new(engines, settings);
    let plan = synthesis.plan(job(ENGLISH, "narrator", "auto")).unwrap();
    assert_eq!(chosen(&plan), "espeak/en-gb in en");
    assert!(synthesis.plan(job(ENGLISH, "alloy", "auto")).is_err());
    for wrong in [
        "[aliases.a]\nvoices = [\"slt\"]\n",
        "runing = 1\n",
        "[aliases.a]\n",
    ] {
        assert!(
            toml::from_str::<SynthesisSettings>(wrong).is_err(),
            "{wrong}"
        );
    }
}

#[test]
fn debug_output_of_plans_has_no_text() {
    let plan = synthesis().plan(job("My secret.", "best", "en")).unwrap();
    assert!(!format!("{plan:?}").contains("secret"));
}
