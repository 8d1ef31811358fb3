//! The parts of a text whose tags switch voice and style.

use std::time::Duration;

use mynah_speech::text::{Boundary, InvalidPause, MAX_PAUSES_TOTAL, detect_language};
use mynah_speech::{DEFAULT_WORKSPACE, SpeechError, StyleIndex, StyleKind, StyleName, StyleRef};

use super::part::{PartText, PlanPart};
use super::{MAX_DETECTION_BYTES, Plan, empty, read_document};
use crate::resolve::VoiceResolver;
use crate::tagged_text::{TaggedSpan, tagged_spans};
use crate::{SpeechJob, SynthesisSettings, VoiceChoice};

/// The parameter of errors in tags.
const PARAM: &str = "markup";

impl Plan {
    /// Adds a part for each span between tags that is not blank.
    pub(super) fn add_spans(
        &mut self,
        text: &str,
        job: &SpeechJob,
        prose: &str,
        resolver: &VoiceResolver<'_>,
        settings: &SynthesisSettings,
    ) -> Result<(), SpeechError> {
        let spans =
            tagged_spans(text).map_err(|error| SpeechError::invalid(PARAM, error.to_string()))?;
        let mut untagged = String::new();
        let mut end_of_last = 0;
        let (mut has_own_voice, mut has_own_style) = (false, false);
        for span in spans {
            let own = &text[span.range.clone()];
            untagged.push_str(own);
            let document = read_document(own, job)?;
            if document.is_blank() {
                continue;
            }
            if let Some(last) = self
                .parts
                .last_mut()
                .and_then(|part| part.chunks.last_mut())
            {
                last.ends = boundary(
                    &text[..end_of_last],
                    &text[end_of_last..span.range.start],
                    own,
                );
            }
            end_of_last = span.range.end;
            has_own_voice |= span.voice.is_none();
            has_own_style |= span.style.is_none();
            let detected = document.prose(MAX_DETECTION_BYTES);
            let part = PartText {
                text: own,
                start: span.range.start,
                document,
                // A few words do not tell their language.
                prose: match detect_language(&detected) {
                    Some(_) => &detected,
                    None => prose,
                },
                first: self.parts.is_empty(),
            };
            let ignored = &mut self.ignored;
            let part = job_of(job, &span, resolver.styles)
                .and_then(|job| PlanPart::new(job, part, resolver, settings, ignored));
            self.parts.push(part.map_err(|error| at_tag(error, &span))?);
        }
        self.untagged = Some(untagged);
        if self.parts.is_empty() {
            return Err(empty());
        }
        let chunks = self.parts.iter().flat_map(|part| &part.chunks);
        let pauses: Duration = chunks.filter_map(|chunk| chunk.pause).sum();
        if pauses > MAX_PAUSES_TOTAL {
            let message = InvalidPause::TotalTooLong.to_string();
            return Err(SpeechError::invalid("input", message));
        }
        if !has_own_voice {
            // Its name is an order all the same.
            resolver.resolve(job, prose)?;
            self.ignored.count("instructions", job.instruct.is_none());
            self.ignored.count("ref_audio", job.reference.is_none());
        }
        self.ignored
            .count("style", has_own_style || job.style.is_none());
        self.count_style_strict(job.style_strict);
        Ok(())
    }
}

/// The job of a span, without the text: its tags take the place of voice and style. Instructions and reference audio of the job
/// are for its own voice.
fn job_of(
    job: &SpeechJob,
    span: &TaggedSpan<'_>,
    styles: Option<&dyn StyleIndex>,
) -> Result<SpeechJob, SpeechError> {
    let mut own = job.clone();
    if let Some(tag) = span.voice {
        own.voice = VoiceChoice::Named(tag.name.to_owned());
        own.kind = None;
        own.instruct = None;
        own.reference = None;
    }
    if let Some(tag) = span.style {
        own.style = Some(style_name(tag.name, styles)?);
    }
    Ok(own)
}

/// The style of a tag: an emotion, perhaps with its intensity, or a mode.
fn style_name(name: &str, styles: Option<&dyn StyleIndex>) -> Result<StyleName, SpeechError> {
    let style: StyleRef = name
        .parse()
        .map_err(|error| SpeechError::invalid("style", format!("the name of a style {error}")))?;
    let known = styles.and_then(|styles| styles.style(DEFAULT_WORKSPACE, &style.key));
    Ok(match (known.map(|style| style.kind), style.intensity) {
        (Some(StyleKind::Mode | StyleKind::Neutral), None) => StyleName::Mode(style.key),
        (_, intensity) => StyleName::Emotion {
            key: style.key,
            intensity,
        },
    })
}

/// The boundary between two parts: what is before, between and after their tags.
fn boundary(before: &str, between: &str, after: &str) -> Boundary {
    let spoken = before.trim_end();
    let gap = [
        &before[spoken.len()..],
        between,
        &after[..after.len() - after.trim_start().len()],
    ];
    let lines = gap.iter().map(|part| part.matches('\n').count());
    if lines.sum::<usize>() > 1 {
        return Boundary::Paragraph;
    }
    let closers = ['"', '\'', ')', ']', '”', '’', '»', '」', '』', '）'];
    match spoken.trim_end_matches(closers).chars().next_back() {
        Some('.' | '!' | '?' | '…' | '。' | '！' | '？' | '؟') => Boundary::Sentence,
        Some(',' | ';' | ':' | '—' | '–' | '、' | '，' | '；' | '：' | '،') => {
            Boundary::Clause
        }
        _ => Boundary::Cut,
    }
}

/// An error of a part, with the place of the tag that it is about.
fn at_tag(error: SpeechError, span: &TaggedSpan<'_>) -> SpeechError {
    let place = |param: &str| match param {
        "style" => span.style.map(|tag| tag.at),
        "voice" | "language" => span.voice.map(|tag| tag.at),
        _ => None,
    };
    let placed = |param: &str, message: String| match place(param) {
        Some(at) => format!("{message} (byte {at})"),
        None => message,
    };
    match error {
        SpeechError::Invalid { param, message } => SpeechError::Invalid {
            param,
            message: placed(param, message),
        },
        SpeechError::Unsupported { param, message } => SpeechError::Unsupported {
            param,
            message: placed(param, message),
        },
        error => error,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pause_between_parts_is_that_of_the_text_around() {
        for (before, between, after, expected) in [
            ("Hello ", "[voice:a]", "world", Boundary::Cut),
            ("Hello,", "[voice:a]", " world", Boundary::Clause),
            ("Hello.”", "[/voice] [voice:b]", "Yes", Boundary::Sentence),
            ("Hello\n", "[voice:a]", "\nworld", Boundary::Paragraph),
            (
                "Hello",
                "[voice:a]\n\n[style:b]",
                "world",
                Boundary::Paragraph,
            ),
            ("你好。", "[voice:a]", "你", Boundary::Sentence),
        ] {
            assert_eq!(
                boundary(before, between, after),
                expected,
                "{before}{between}{after}"
            );
        }
    }
}
