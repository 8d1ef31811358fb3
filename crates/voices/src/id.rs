//! Ids: a prefix that names the kind, and a UUIDv7, so that ids sort by the time they were made.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A text that is not an id of this kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be {0} and a UUID")]
pub struct InvalidId(&'static str);

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $prefix:literal) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// The prefix of every id of this kind.
            pub const PREFIX: &'static str = $prefix;

            /// A new one, greater than all that this process made before in an earlier millisecond.
            pub fn fresh() -> Self {
                Self(format!("{}{}", $prefix, Uuid::now_v7().simple()))
            }

            /// As it is written.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, InvalidId> {
                let uuid = text.strip_prefix($prefix).ok_or(InvalidId($prefix))?;
                let uuid = Uuid::try_parse(uuid).map_err(|_| InvalidId($prefix))?;
                Ok(Self(format!("{}{}", $prefix, uuid.simple())))
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidId;

            fn try_from(text: String) -> Result<Self, InvalidId> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

id!(
    /// The id of a kept voice.
    VoiceKey,
    "voc_"
);
id!(
    /// The id of a prompt.
    PromptId,
    "prm_"
);
id!(
    /// The id of a clip.
    ClipId,
    "clp_"
);
id!(
    /// The id of a consent.
    ConsentId,
    "cons_"
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_have_a_prefix_and_a_uuid() {
        let id = VoiceKey::fresh();
        assert!(id.as_str().starts_with("voc_"));
        assert_eq!(id.as_str().parse(), Ok(id.clone()));
        let uuid = Uuid::try_parse(&id.as_str()[4..]).unwrap();
        assert_eq!(uuid.get_version_num(), 7);
        assert_eq!(format!("voc_{}", uuid.hyphenated()).parse(), Ok(id.clone()));
        let clip = format!("clp_{}", uuid.simple());
        for other in ["", "voc_", "voc_x", &clip, &id.as_str()[4..]] {
            assert_eq!(other.parse::<VoiceKey>(), Err(InvalidId("voc_")), "{other}");
        }
    }
}
