//! All kept voices and styles in memory.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use mynah_speech::{
    Consent, ConsentBasis, KeptClip, KeptVoice, Permission, PromptCache, Provenance, Reference,
    ReferenceAudio, StyleKey, StyledPrompt, VoiceAnchor,
};

use crate::search::SearchableVoice;
use crate::styles::{StyleMap, StyleRow};
use crate::{ConsentRecord, Origin, Prompt, PromptId, StoredStyle, StoredVoice, VoiceKey, name};

/// The voices that are not deleted, by id and by name.
pub(crate) struct Index {
    prompts: Arc<dyn PromptCache>,
    voices: RwLock<Voices>,
    /// Sorted, so that all processes lock rows in one order.
    uses: Mutex<BTreeMap<Use, i64>>,
}

/// A voice and the key that spoke with it; the key is empty where none was needed.
type Use = (String, String);

#[derive(Default)]
struct Voices {
    /// The number of the last change that was read.
    revision: i64,
    by_id: HashMap<VoiceKey, Entry>,
    /// By workspace and name, as it is compared.
    by_name: BTreeMap<(String, String), VoiceKey>,
    styles: StyleMap,
}

struct Entry {
    workspace: String,
    name_key: String,
    public: bool,
    voice: KeptVoice,
    /// Whether each of its recordings may be spoken from.
    recordings: HashMap<PromptId, Permission>,
    searchable: SearchableVoice,
}

impl Index {
    pub(crate) fn new(prompts: Arc<dyn PromptCache>) -> Self {
        Self {
            prompts,
            voices: RwLock::default(),
            uses: Mutex::default(),
        }
    }

    /// The number of the last change that was read.
    pub(crate) fn revision(&self) -> i64 {
        self.read(|voices| voices.revision)
    }

    /// Takes in voices and styles that changed up to `revision`; voices that cannot be read are not
    /// spoken. What is older than the index is left out.
    pub(crate) fn update(
        &self,
        revision: i64,
        changed: Vec<StoredVoice>,
        unreadable: Vec<VoiceKey>,
        styles: Vec<StyleRow>,
    ) {
        let lock = &self.voices;
        let mut voices = lock.write().unwrap_or_else(PoisonError::into_inner);
        if revision <= voices.revision {
            return;
        }
        for stored in changed {
            let earlier = voices.remove(&stored.id);
            let mut recordings = HashMap::new();
            let given = earlier.map(|own| {
                recordings = own.recordings;
                own.voice.permission
            });
            let given = given.filter(Permission::is_given);
            let entry = self.entry(&stored, &recordings);
            for (id, recording) in recordings {
                if !stored.prompts.iter().any(|prompt| prompt.id == id) {
                    recording.revoke();
                }
            }
            match (stored.may_speak(), given) {
                // Speech that has begun goes on, unless the voice changes again.
                (true, Some(given)) => voices.insert(entry, given),
                (true, None) => voices.insert(entry, Permission::default()),
                (false, given) => {
                    let revoked = given.unwrap_or_default();
                    revoked.revoke();
                    voices.insert(entry, revoked);
                }
            }
        }
        for id in unreadable {
            if let Some(earlier) = voices.remove(&id) {
                earlier.voice.permission.revoke();
            }
        }
        voices.styles.update(styles);
        voices.revision = revision;
    }

    /// None where the voice was deleted. `earlier` are the permissions of the recordings that it had.
    fn entry(
        &self,
        stored: &StoredVoice,
        earlier: &HashMap<PromptId, Permission>,
    ) -> Option<(VoiceKey, Entry)> {
        if stored.deleted_at.is_some() {
            return None;
        }
        let provenance = match stored.origin {
            Origin::Recording => {
                let consent = stored.consent.as_ref();
                Provenance::Person(consent.map_or_else(missing_consent, ConsentRecord::consent))
            }
            Origin::Description | Origin::Speaker => Provenance::Synthetic,
        };
        let permission = |prompt: &Prompt| earlier.get(&prompt.id).cloned().unwrap_or_default();
        let recordings = stored.prompts.iter();
        let recordings: HashMap<_, _> = recordings
            .map(|prompt| (prompt.id.clone(), permission(prompt)))
            .collect();
        let reference = |prompt: &Prompt| {
            Arc::new(Reference {
                audio: ReferenceAudio::Kept(KeptClip {
                    sha256: prompt.clip.blob.to_string(),
                    cache: Arc::clone(&self.prompts),
                    permission: recordings.get(&prompt.id).cloned().unwrap_or_default(),
                }),
                text: prompt.transcript.clone(),
                x_vector_only: prompt.x_vector_only,
                provenance: provenance.clone(),
            })
        };
        let styled = stored.prompts.iter().filter_map(|prompt| {
            Some(StyledPrompt {
                style: prompt.style.clone()?,
                language: prompt.language.clone(),
                reference: reference(prompt),
            })
        });
        let anchor = match &stored.speaker {
            Some(preset) => VoiceAnchor::Preset(preset.clone()),
            None => VoiceAnchor::Recording(reference(stored.anchor()?)),
        };
        let entry = Entry {
            workspace: stored.workspace.clone(),
            name_key: stored.name.key(),
            public: stored.public,
            voice: KeptVoice {
                id: stored.id.to_string(),
                name: stored.name.to_string(),
                languages: stored.languages.clone(),
                speed: stored.speed as f32,
                tags: stored.tags.clone(),
                anchor,
                prompts: styled.collect(),
                permission: Permission::default(),
            },
            recordings,
            searchable: SearchableVoice::new(stored),
        };
        Some((stored.id.clone(), entry))
    }

    /// The style of a key, as a workspace has it.
    pub(crate) fn stored_style(&self, workspace: &str, key: &StyleKey) -> Option<StoredStyle> {
        self.read(|voices| voices.styles.find(workspace, key))
    }

    /// All styles of a workspace.
    pub(crate) fn stored_styles(&self, workspace: &str) -> Vec<StoredStyle> {
        self.read(|voices| voices.styles.all(workspace))
    }

    fn read<T>(&self, read: impl FnOnce(&Voices) -> T) -> T {
        read(&self.voices.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The uses since the last call: voice, key and number.
    pub(crate) fn take_uses(&self) -> Vec<(String, String, i64)> {
        let mut uses = self.uses.lock().unwrap_or_else(PoisonError::into_inner);
        let taken = std::mem::take(&mut *uses).into_iter();
        taken
            .map(|((voice, key), count)| (voice, key, count))
            .collect()
    }

    /// Counts uses that could not be written again.
    pub(crate) fn return_uses(&self, taken: Vec<(String, String, i64)>) {
        let mut uses = self.uses.lock().unwrap_or_else(PoisonError::into_inner);
        for (voice, key, count) in taken {
            *uses.entry((voice, key)).or_default() += count;
        }
    }
}

/// In place of the consent of a voice that was imported without one, which is never spoken.
fn missing_consent() -> Consent {
    Consent {
        speaker: String::new(),
        statement: String::new(),
        basis: ConsentBasis::default(),
        given_at: 0,
    }
}

impl Voices {
    fn insert(&mut self, entry: Option<(VoiceKey, Entry)>, permission: Permission) {
        let Some((id, mut entry)) = entry else {
            return;
        };
        entry.voice.permission = permission;
        let name = (entry.workspace.clone(), entry.name_key.clone());
        self.by_name.insert(name, id.clone());
        self.by_id.insert(id, entry);
    }

    fn remove(&mut self, id: &VoiceKey) -> Option<Entry> {
        let entry = self.by_id.remove(id)?;
        let name = (entry.workspace.clone(), entry.name_key.clone());
        // Another voice may have taken the name in the same refresh.
        if self.by_name.get(&name) == Some(id) {
            self.by_name.remove(&name);
        }
        Some(entry)
    }
}

impl Index {
    /// See [`mynah_speech::VoiceIndex::find`].
    pub(crate) fn find(&self, workspace: &str, id_or_name: &str) -> Option<KeptVoice> {
        self.read(|voices| {
            if let Ok(id) = id_or_name.parse::<VoiceKey>() {
                let entry = voices.by_id.get(&id);
                let entry = entry.filter(|own| own.public || own.workspace == workspace)?;
                return Some(entry.voice.clone());
            }
            let name = (workspace.to_owned(), name::key(id_or_name));
            let id = voices.by_name.get(&name)?;
            Some(voices.by_id.get(id)?.voice.clone())
        })
    }

    /// See [`mynah_speech::VoiceIndex::voices`].
    pub(crate) fn voices(&self, workspace: &str) -> Vec<KeptVoice> {
        self.read(|voices| {
            let own = voices
                .by_name
                .range((workspace.to_owned(), String::new())..)
                .take_while(|((other, _), _)| other == workspace)
                .filter_map(|(_, id)| voices.by_id.get(id));
            let public = voices
                .by_id
                .values()
                .filter(|entry| entry.public && entry.workspace != workspace);
            let mut public: Vec<&Entry> = public.collect();
            public.sort_by(|a, b| a.name_key.cmp(&b.name_key));
            let all = own.chain(public).map(|entry| &entry.voice);
            all.filter(|voice| voice.permission.is_given())
                .cloned()
                .collect()
        })
    }

    /// Reads the voices of a workspace, by their names.
    pub(crate) fn read_workspace<T>(
        &self,
        workspace: &str,
        read: impl FnOnce(&mut dyn Iterator<Item = (&str, &SearchableVoice)>) -> T,
    ) -> T {
        self.read(|voices| {
            let own = voices
                .by_name
                .range((workspace.to_owned(), String::new())..)
                .take_while(|((other, _), _)| other == workspace);
            let mut own = own.filter_map(|((_, name_key), id)| {
                Some((name_key.as_str(), &voices.by_id.get(id)?.searchable))
            });
            read(&mut own)
        })
    }

    /// See [`mynah_speech::VoiceIndex::count_use`].
    pub(crate) fn count_use(&self, voice: &KeptVoice, key: Option<&str>) {
        let mut uses = self.uses.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (voice.id.clone(), key.unwrap_or_default().to_owned());
        *uses.entry(key).or_default() += 1;
    }
}
