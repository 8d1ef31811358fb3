//! The voices that Debian's flite brings.

use std::ffi::CStr;

use mynah_speech::{Voice, VoiceGender, VoiceId, VoiceKind};

/// A voice and its names.
pub(crate) struct KnownVoice {
    /// Its name here, and in flite.
    pub(crate) name: &'static str,
    /// Its name for people.
    title: &'static str,
    gender: VoiceGender,
    languages: &'static [&'static str],
    /// The file of its library.
    pub(crate) file: &'static str,
    /// The function that makes it.
    pub(crate) register: &'static CStr,
    /// The variable in which flite keeps it.
    pub(crate) registered: &'static CStr,
}

/// Best first. Left out: `kal`, whose sound stops at 4 kHz, and `time_awb`, which only reads the time.
pub(crate) const VOICES: [KnownVoice; 4] = [
    KnownVoice {
        name: "slt",
        title: "SLT",
        gender: VoiceGender::Female,
        languages: &["en-US"],
        file: "libflite_cmu_us_slt.so.1",
        register: c"register_cmu_us_slt",
        registered: c"cmu_us_slt_cg",
    },
    KnownVoice {
        name: "rms",
        title: "RMS",
        gender: VoiceGender::Male,
        languages: &["en-US"],
        file: "libflite_cmu_us_rms.so.1",
        register: c"register_cmu_us_rms",
        registered: c"cmu_us_rms_cg",
    },
    KnownVoice {
        name: "awb",
        title: "AWB, a Scot",
        gender: VoiceGender::Male,
        languages: &["en-US", "en-GB"],
        file: "libflite_cmu_us_awb.so.1",
        register: c"register_cmu_us_awb",
        registered: c"cmu_us_awb_cg",
    },
    KnownVoice {
        name: "kal16",
        title: "KAL, older and robotic",
        gender: VoiceGender::Male,
        languages: &["en-US"],
        file: "libflite_cmu_us_kal16.so.1",
        register: c"register_cmu_us_kal16",
        registered: c"cmu_us_kal16_diphone",
    },
];

impl KnownVoice {
    /// The voice as it is offered. None never happens: the names above are sound.
    pub(crate) fn voice(&self) -> Option<Voice> {
        Some(Voice {
            id: VoiceId::new(crate::flite::ID.as_str(), self.name).ok()?,
            name: self.title.into(),
            languages: self
                .languages
                .iter()
                .map(|tag| tag.parse().ok())
                .collect::<Option<_>>()?,
            gender: Some(self.gender),
            kind: VoiceKind::Preset,
            instruct: false,
            of_person: false,
        })
    }
}
