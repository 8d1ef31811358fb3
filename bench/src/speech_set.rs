//! Recordings of people with their texts in a folder, and the word errors of a recognizer on them.
//!
//! The folder has `transcripts.tsv`, each line a file's name, a tab and the spoken text. Each file is
//! recognized whole, without a detector.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::Context;
use mynah_audio::{Clip, DecodeLimits, decode, resample};
use mynah_speech::text::verbalize;
use mynah_speech::{
    Cancel, Language, LanguageChoice, RecognitionHints, RecognitionOptions, Recognizer,
};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use crate::words::WordErrors;

/// The list of a folder.
const LIST: &str = "transcripts.tsv";

/// Recordings of one language.
#[derive(Clone, Debug)]
pub struct SpeechSet {
    /// What is spoken.
    pub language: Language,
    /// The recordings, in the order of the list.
    pub clips: Vec<TranscribedClip>,
}

/// A recording and its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TranscribedClip {
    /// The recording, in any format that Mynah decodes.
    pub file: PathBuf,
    /// What is said.
    pub text: String,
}

/// One recognized recording.
#[derive(Clone, Debug)]
pub struct RecognizedClip {
    /// The recognized text.
    pub text: String,
    /// Substitutions, insertions and deletions.
    pub errors: usize,
    /// The length of the recording.
    pub audio: Duration,
    /// How long the recognizer took.
    pub took: Duration,
}

/// The sum over all recordings of a set.
#[derive(Clone, Copy, Debug, Default)]
pub struct SetScore {
    errors: WordErrors,
    /// The length of all recordings.
    pub audio: Duration,
    /// How long the recognizer took for them, one after another.
    pub took: Duration,
}

impl SpeechSet {
    /// The recordings that the folder's list names.
    ///
    /// # Errors
    /// A list that cannot be read, or a line without a tab.
    pub fn read(folder: &Path, language: Language) -> anyhow::Result<Self> {
        let list = folder.join(LIST);
        let lines = std::fs::read_to_string(&list).with_context(|| list.display().to_string())?;
        let lines = lines.lines().filter(|line| !line.trim().is_empty());
        let clips = lines.map(|line| {
            let (file, text) = line
                .split_once('\t')
                .with_context(|| format!("{}: a line without a tab: {line}", list.display()))?;
            Ok(TranscribedClip {
                file: folder.join(file),
                text: text.trim().to_owned(),
            })
        });
        Ok(Self {
            language,
            clips: clips.collect::<anyhow::Result<_>>()?,
        })
    }

    /// Recognizes each recording and compares the words. Blocking. `seen` gets each result.
    ///
    /// The first recording is recognized once more before, untimed, since engines load their
    /// models at first use.
    ///
    /// # Errors
    /// A recording that cannot be read, or the engine's own error.
    pub fn score(
        &self,
        recognizer: &dyn Recognizer,
        mut seen: impl FnMut(&TranscribedClip, &RecognizedClip),
    ) -> anyhow::Result<SetScore> {
        if let Some(first) = self.clips.first() {
            self.recognize(recognizer, first)?;
        }
        let mut score = SetScore::default();
        for clip in &self.clips {
            let mut found = self.recognize(recognizer, clip)?;
            let expected = comparable(&clip.text, &self.language);
            let recognized = comparable(&found.text, &self.language);
            found.errors = score.errors.add(&expected, &recognized);
            score.audio += found.audio;
            score.took += found.took;
            seen(clip, &found);
        }
        Ok(score)
    }

    fn recognize(
        &self,
        recognizer: &dyn Recognizer,
        clip: &TranscribedClip,
    ) -> anyhow::Result<RecognizedClip> {
        let bytes = std::fs::read(&clip.file).with_context(|| clip.file.display().to_string())?;
        let sound = decode(bytes, &DecodeLimits::default())?.clip;
        let sound = resample(&sound, recognizer.rate());
        let began = Instant::now();
        let text = recognized_whole(recognizer, &self.language, &sound)?;
        Ok(RecognizedClip {
            text,
            errors: 0,
            audio: sound.duration(),
            took: began.elapsed(),
        })
    }
}

impl SetScore {
    /// Word errors per hundred words of the texts.
    pub fn word_error_rate(&self) -> f64 {
        self.errors.percent()
    }

    /// The words of the texts.
    pub fn words(&self) -> usize {
        self.errors.words()
    }

    /// Seconds of work a second of sound.
    pub fn real_time_factor(&self) -> f64 {
        self.took.as_secs_f64() / self.audio.as_secs_f64().max(f64::MIN_POSITIVE)
    }
}

/// The final text of one whole clip at the recognizer's rate, without a detector. Blocking.
pub(crate) fn recognized_whole(
    recognizer: &dyn Recognizer,
    language: &Language,
    clip: &Clip,
) -> anyhow::Result<String> {
    let mut stream = recognizer.open(&RecognitionOptions {
        language: LanguageChoice::Is(language.clone()),
        preview: false,
        hints: RecognitionHints::default(),
    })?;
    stream.push(&clip.samples)?;
    Ok(stream.finish(&Cancel::new())?.text)
}

/// A text in which numbers are words and accents are off: recordings are transcribed in either way.
pub(crate) fn comparable(text: &str, language: &Language) -> String {
    let text = text.replace('’', "'");
    let text = verbalize(&text, language).to_lowercase();
    text.nfd().filter(|c| !is_combining_mark(*c)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_accents_compare_as_words() {
        let compare = |text, tag: &str| comparable(text, &tag.parse().expect(tag));
        assert_eq!(compare("10 of clubs", "en"), "ten of clubs");
        assert_eq!(compare("Número 3", "es"), "numero tres");
        assert_eq!(compare("l’été", "fr"), "l'ete");
    }

    #[test]
    fn list_names_files_and_texts() {
        let folder = tempfile::tempdir().expect("a folder");
        let list = folder.path().join(LIST);
        std::fs::write(&list, "a.wav\tHello you.\n\nb.wav\t Yes \n").expect("a list");
        let set = SpeechSet::read(folder.path(), Language::english()).expect("a set");
        let texts: Vec<&str> = set.clips.iter().map(|clip| clip.text.as_str()).collect();
        assert_eq!(texts, ["Hello you.", "Yes"]);
        assert_eq!(set.clips[1].file, folder.path().join("b.wav"));
        std::fs::write(&list, "a.wav Hello").expect("a list");
        assert!(SpeechSet::read(folder.path(), Language::english()).is_err());
    }
}
