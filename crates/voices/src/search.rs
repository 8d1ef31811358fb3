//! Searching voices and prompts in memory.

use std::sync::Arc;

use crate::{Prompt, StoredVoice, name};

/// A voice, with its texts as they are searched.
pub(crate) struct SearchableVoice {
    pub(crate) voice: Arc<StoredVoice>,
    /// Of its name, its description and its tags.
    texts: SearchedTexts,
    /// Of the words and the tags of each prompt, in their order.
    prompts: Vec<SearchedTexts>,
}

impl SearchableVoice {
    pub(crate) fn new(voice: &StoredVoice) -> Self {
        let own = [voice.name.as_str(), voice.description.as_str()];
        let prompts = voice.prompts.iter().map(|prompt| {
            let transcript = prompt.transcript.as_deref();
            SearchedTexts::new(transcript.as_slice(), &prompt.tags)
        });
        Self {
            texts: SearchedTexts::new(&own, &voice.tags),
            prompts: prompts.collect(),
            voice: Arc::new(voice.clone()),
        }
    }

    /// Whether the voice has what is searched.
    pub(crate) fn has(&self, search: &Search) -> bool {
        search.is_in(&self.texts)
    }

    /// The prompts that have what is searched.
    pub(crate) fn prompts(&self, search: &Search) -> impl Iterator<Item = &Prompt> {
        let prompts = self.voice.prompts.iter().zip(&self.prompts);
        let found = prompts.filter(|(_, texts)| search.is_in(texts));
        found.map(|(prompt, _)| prompt)
    }
}

/// Texts and tags as they are searched.
struct SearchedTexts {
    /// Without case and accents; no word goes over the end of a text.
    words: String,
    tags: Vec<String>,
}

impl SearchedTexts {
    fn new(texts: &[&str], tags: &[String]) -> Self {
        let all = texts.iter().copied().chain(tags.iter().map(String::as_str));
        Self {
            words: all.map(name::folded).collect::<Vec<_>>().join("\n"),
            tags: tags.iter().map(|tag| name::key(tag)).collect(),
        }
    }
}

/// What is searched: words, in any case and with any accents, and tags, in any case. All must be there.
pub(crate) struct Search {
    words: Vec<String>,
    tags: Vec<String>,
}

impl Search {
    pub(crate) fn new(text: Option<&str>, tags: &[String]) -> Self {
        let folded = name::folded(text.unwrap_or_default());
        Self {
            words: folded.split_whitespace().map(str::to_owned).collect(),
            tags: tags.iter().map(|tag| name::key(tag)).collect(),
        }
    }

    fn is_in(&self, texts: &SearchedTexts) -> bool {
        self.tags.iter().all(|tag| texts.tags.contains(tag))
            && self.words.iter().all(|word| texts.words.contains(word))
    }
}
