//! Which engine, or which two, translate a direction.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use mynah_audio::SampleRate;
use mynah_speech::translation::translate;
use mynah_speech::{
    Cancel, EngineHealth, EngineId, EngineInfo, Engines, Language, SpeechError, Translator,
    VoiceScorer,
};

/// A translator that writes its direction before each text.
struct Labelled {
    info: EngineInfo,
    pairs: Vec<(&'static str, &'static str)>,
}

fn labelled(id: &'static str, demo: bool, pairs: &[(&'static str, &'static str)]) -> Labelled {
    Labelled {
        info: EngineInfo {
            id: EngineId::new(id),
            demo,
            about: "A translator for tests.",
            licence: "MIT",
            packages: &[],
        },
        pairs: pairs.to_vec(),
    }
}

impl Translator for Labelled {
    fn info(&self) -> &EngineInfo {
        &self.info
    }

    fn health(&self) -> EngineHealth {
        EngineHealth::Ready { version: None }
    }

    fn pairs(&self) -> Vec<(Language, Language)> {
        let pairs = self.pairs.iter();
        pairs
            .map(|(from, to)| (language(from), language(to)))
            .collect()
    }

    fn translate(
        &self,
        text: &str,
        from: &Language,
        to: &Language,
        _: &Cancel,
    ) -> Result<String, SpeechError> {
        Ok(format!("{from}-{to}({text})"))
    }
}

struct NoScorer;

impl VoiceScorer for NoScorer {
    fn rate(&self) -> SampleRate {
        SampleRate::HZ_16000
    }

    fn frame_samples(&self) -> usize {
        512
    }

    fn score(&mut self, _: &[f32]) -> f32 {
        0.0
    }

    fn reset(&mut self) {}
}

fn language(tag: &str) -> Language {
    tag.parse().unwrap()
}

/// English to and from Portuguese by a neural engine; both, and English, with Spanish by rules.
fn engines() -> Engines {
    Engines::new(|| Box::new(NoScorer))
        .with_translator(labelled("neural", false, &[("en", "pt"), ("pt", "en")]))
        .with_translator(labelled(
            "rules",
            true,
            &[
                ("en", "es"),
                ("es", "en"),
                ("es", "pt"),
                ("pt", "es"),
                ("es", "eu"),
            ],
        ))
}

/// The engines of a direction, joined, and the language between them.
fn route(from: &str, to: &str) -> Option<(String, Option<String>)> {
    let route = engines().translation_route(&language(from), &language(to))?;
    let ids: Vec<_> = route.engines.iter().map(|id| id.as_str()).collect();
    Some((ids.join("+"), route.via.map(String::from)))
}

#[test]
fn one_neural_engine_is_preferred_to_a_chain() {
    assert_eq!(route("en", "pt-BR"), Some(("neural".into(), None)));
}

#[test]
fn chains_are_preferred_to_rules_between_unrelated_languages() {
    let through_portuguese = |engines: &str| Some((engines.to_owned(), Some("pt".to_owned())));
    assert_eq!(route("en-GB", "es"), through_portuguese("neural+rules"));
    assert_eq!(route("es", "en"), through_portuguese("rules+neural"));
}

#[test]
fn rules_between_related_languages_are_preferred_to_a_chain() {
    assert_eq!(route("es", "pt"), Some(("rules".into(), None)));
    assert_eq!(route("pt", "es"), Some(("rules".into(), None)));
}

#[test]
fn two_demo_engines_are_never_chained() {
    assert_eq!(route("es", "eu"), Some(("rules".into(), None)));
    assert_eq!(route("en", "eu"), None, "through Spanish there is no chain");
    assert_eq!(route("en", "de"), None);
}

#[test]
fn chains_translate_twice_and_keep_literals_and_lines() {
    let route = engines()
        .translation_route(&language("en"), &language("es"))
        .unwrap();
    assert!(route.engine.info().demo, "one of its steps is a demo");
    let translated = |text: &str| {
        translate(&*route.engine, text, &route.from, &route.to, &Cancel::new()).unwrap()
    };
    assert_eq!(translated(""), "");
    assert_eq!(
        translated("- Call 555-0100.\n- Eggs"),
        "- pt-es(en-pt(Call 555-0100.))\n- pt-es(en-pt(Eggs))"
    );
    let wrong = route
        .engine
        .translate("text", &route.from, &language("pt"), &Cancel::new());
    assert!(matches!(wrong, Err(SpeechError::Unsupported { .. })));
}
