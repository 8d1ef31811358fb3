//! Which hub is asked, and where its models are kept.

use std::env;
use std::fmt;
use std::path::PathBuf;

use etcetera::BaseStrategy;
use etcetera::base_strategy::Xdg;

/// The hub that is asked unless `HF_ENDPOINT` names another.
const ENDPOINT: &str = "https://huggingface.co";

/// How often a file is tried in a row without a byte more of it.
const ATTEMPTS: usize = 5;

/// A key to the hub. It is never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

impl Token {
    /// A key as the hub gave it, without what stands around it.
    pub fn new(token: &str) -> Option<Self> {
        let token = token.trim();
        (!token.is_empty()).then(|| Self(token.to_owned()))
    }

    pub(super) fn header(&self) -> String {
        format!("Bearer {}", self.0)
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

/// Which hub is asked, and where its models are kept.
#[derive(Clone, Debug)]
pub struct HubOptions {
    /// The folder of all models: each is in `owner--name/<commit>/`.
    pub cache: PathBuf,
    /// The hub, without a slash at the end.
    pub endpoint: String,
    /// The key to models that are not open to everybody.
    pub token: Option<Token>,
    /// Use what is in the cache, and never ask.
    pub offline: bool,
    /// How often a file is tried in a row without a byte more of it; at least 1.
    pub attempts: usize,
}

impl HubOptions {
    /// The official hub, asked openly.
    pub fn new(cache: impl Into<PathBuf>) -> Self {
        Self {
            cache: cache.into(),
            endpoint: ENDPOINT.into(),
            token: None,
            offline: false,
            attempts: ATTEMPTS,
        }
    }

    /// As the environment says: `HF_ENDPOINT`, `HF_TOKEN`, `HF_HUB_OFFLINE`, and the cache in
    /// `$XDG_CACHE_HOME/mynah/models`. None where there is no home folder to keep it in.
    pub fn from_env() -> Option<Self> {
        let cache = Xdg::new().ok()?.cache_dir().join("mynah").join("models");
        Some(Self::from_variables(cache, |name| env::var(name).ok()))
    }

    fn from_variables(cache: PathBuf, variable: impl Fn(&str) -> Option<String>) -> Self {
        let said = |name| variable(name).filter(|value| !value.trim().is_empty());
        let defaults = Self::new(cache);
        Self {
            endpoint: said("HF_ENDPOINT").map_or(defaults.endpoint, |endpoint| {
                endpoint.trim().trim_end_matches('/').to_owned()
            }),
            token: said("HF_TOKEN").as_deref().and_then(Token::new),
            offline: said("HF_HUB_OFFLINE").is_some_and(|value| {
                ["1", "true", "yes", "on"].contains(&value.trim().to_lowercase().as_str())
            }),
            ..Self::new(defaults.cache)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment_is_read_and_the_key_never_shown() {
        let options = HubOptions::from_variables("/c".into(), |name| {
            let value = match name {
                "HF_ENDPOINT" => "https://mirror.example/",
                "HF_TOKEN" => " hf_secret\n",
                "HF_HUB_OFFLINE" => "True",
                _ => return None,
            };
            Some(value.to_owned())
        });
        assert_eq!(options.endpoint, "https://mirror.example");
        assert!(options.offline);
        assert_eq!(
            options.token.as_ref().map(Token::header).as_deref(),
            Some("Bearer hf_secret")
        );
        assert!(!format!("{options:?}").contains("secret"));

        let unset = HubOptions::from_variables("/c".into(), |name| {
            (name == "HF_HUB_OFFLINE").then(|| "0".to_owned())
        });
        assert_eq!(unset.endpoint, ENDPOINT);
        assert!(!unset.offline);
        assert_eq!(unset.token, None);
    }
}
