//! Any text is synthesized completely and in order.
#![allow(clippy::unwrap_used, reason = "a test")]

mod common;

use common::{TestSynthesis, decoded_text};
use mynah_speech::text::{Document, Markup, TextChunkLimits};
use mynah_speech::{Language, LanguageChoice, SpeechError};
use mynah_synthesis::{SpeechJob, SynthesisSettings};
use proptest::prelude::*;
use tokio::runtime::Runtime;

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn no_text_is_lost(text in "([a-zé你\u{1F600}]{1,9}[ ,.!?\n…—]{0,3}){1,30}") {
        prop_assume!(text.chars().any(char::is_alphanumeric));
        let settings = SynthesisSettings { chunk_chars: 60, ..SynthesisSettings::default() };
        let limits = TextChunkLimits {
            first_chars: settings.first_chunk_chars,
            max_chars: settings.chunk_chars,
        };
        let language = Language::english();
        let document = Document::read(&text, Markup::Read, &language).unwrap();
        let parts: Vec<String> = document
            .chunks(&language, &limits)
            .into_iter()
            .map(|chunk| chunk.spoken)
            .filter(|words| !words.is_empty())
            .collect();
        let decoded = Runtime::new().unwrap().block_on(async {
            let fixture = TestSynthesis::new(settings);
            let job = SpeechJob {
                language: LanguageChoice::Is(language),
                ..SpeechJob::new(text).with_voice("alto")
            };
            decoded_text(&fixture.speak_job(job).collect().await.unwrap())
        });
        prop_assert_eq!(decoded, parts.join(" "));
    }

    /// Whatever stands between brackets: the text is planned without its tags, or refused.
    #[test]
    fn no_tags_lose_text(
        parts in proptest::collection::vec(
            prop_oneof![
                "[a-z]{1,9}[ .,]",
                Just("[voice:bass]".to_owned()),
                Just("[/voice]".to_owned()),
                Just("[style:sad]".to_owned()),
                Just("[/style]".to_owned()),
                r"[\[\](:/é😀!]{1,3}",
            ],
            1..12,
        ),
    ) {
        let fixture = TestSynthesis::new(SynthesisSettings::default());
        let synthesis = fixture.synthesis.with_styles(std::sync::Arc::new(common::styled::Styles));
        let text = parts.concat();
        let job = SpeechJob {
            tags: Some(true),
            ..SpeechJob::new(&*text).with_voice("alto")
        };
        match synthesis.plan(job) {
            Ok(plan) => {
                let tags = ["[voice:bass]", "[/voice]", "[style:sad]", "[/style]"];
                let written = tags.iter().fold(text.clone(), |text, tag| text.replace(tag, ""));
                // What is blank between tags counts for nothing, and an escaped tag is text.
                prop_assert!(plan.chars() >= written.chars().filter(|c| c.is_alphanumeric()).count());
                prop_assert!(plan.chars() <= text.chars().count());
            }
            Err(SpeechError::Invalid { param, .. }) => prop_assert!(
                ["input", "markup"].contains(&param), "{}", text
            ),
            Err(other) => prop_assert!(false, "{text}: {other}"),
        }
    }
}
