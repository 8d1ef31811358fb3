//! The hub, and the cache of its models.

use std::env;
use std::path::PathBuf;

use etcetera::BaseStrategy;
use etcetera::base_strategy::Xdg;
use mynah_secret::Secret;

/// The hub unless `HF_ENDPOINT` names another.
const ENDPOINT: &str = "https://huggingface.co";

/// Attempts in a row to fetch a file without a byte of progress.
const ATTEMPTS: usize = 5;

/// The hub, and the cache of its models.
#[derive(Clone, Debug)]
pub struct HubOptions {
    /// The cache, in Hugging Face's layout.
    pub cache: PathBuf,
    /// The hub, without a slash at the end.
    pub endpoint: String,
    /// The access token for private and gated models.
    pub token: Secret,
    /// Use the cache alone, and send no request.
    pub offline: bool,
    /// Attempts in a row to fetch a file without a byte of progress; at least 1.
    pub attempts: usize,
}

impl HubOptions {
    /// The official hub, without a token.
    pub fn new(cache: impl Into<PathBuf>) -> Self {
        Self {
            cache: cache.into(),
            endpoint: ENDPOINT.into(),
            token: Secret::default(),
            offline: false,
            attempts: ATTEMPTS,
        }
    }

    /// The options of the environment, as Hugging Face's own tools read them: `HF_ENDPOINT`,
    /// `HF_TOKEN`, `HF_HUB_OFFLINE`, and the cache in `HF_HUB_CACHE`, `$HF_HOME/hub` or
    /// `$XDG_CACHE_HOME/huggingface/hub`. None where there is no home folder to keep it in.
    pub fn from_env() -> Option<Self> {
        let cache = Xdg::new().ok().map(|xdg| xdg.cache_dir());
        Self::from_variables(cache, |name| env::var(name).ok())
    }

    fn from_variables(
        cache: Option<PathBuf>,
        variable: impl Fn(&str) -> Option<String>,
    ) -> Option<Self> {
        let set = |name| {
            let value: String = variable(name)?.trim().to_owned();
            (!value.is_empty()).then_some(value)
        };
        let cache = set("HF_HUB_CACHE")
            .map(PathBuf::from)
            .or_else(|| Some(PathBuf::from(set("HF_HOME")?).join("hub")))
            .or_else(|| Some(cache?.join("huggingface").join("hub")))?;
        let defaults = Self::new(cache);
        let is_true =
            |value: String| ["1", "true", "yes", "on"].contains(&value.to_lowercase().as_str());
        Some(Self {
            endpoint: set("HF_ENDPOINT").map_or(defaults.endpoint, |endpoint| {
                endpoint.trim_end_matches('/').to_owned()
            }),
            token: set("HF_TOKEN").map(Secret::from).unwrap_or_default(),
            offline: set("HF_HUB_OFFLINE").is_some_and(is_true),
            ..Self::new(defaults.cache)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(variables: &[(&str, &str)]) -> Option<HubOptions> {
        HubOptions::from_variables(Some("/c".into()), |name| {
            let (_, value) = variables.iter().find(|(own, _)| *own == name)?;
            Some((*value).to_owned())
        })
    }

    #[test]
    fn the_environment_is_read_and_the_token_never_shown() {
        let options = from(&[
            ("HF_ENDPOINT", "https://mirror.example/"),
            ("HF_TOKEN", " hf_secret\n"),
            ("HF_HUB_OFFLINE", "True"),
        ])
        .expect("options");
        assert_eq!(options.endpoint, "https://mirror.example");
        assert!(options.offline);
        assert_eq!(options.token.expose(), "hf_secret");
        assert!(!format!("{options:?}").contains("secret"));

        let unset = from(&[("HF_HUB_OFFLINE", "0")]).expect("options");
        assert_eq!(unset.endpoint, ENDPOINT);
        assert!(!unset.offline);
        assert!(unset.token.is_empty());
    }

    #[test]
    fn the_cache_is_that_of_hugging_faces_tools() {
        let cache = |variables: &[_]| from(variables).map(|options| options.cache);
        let (home, hub) = (("HF_HOME", "/h"), ("HF_HUB_CACHE", "/h2"));
        assert_eq!(cache(&[]), Some("/c/huggingface/hub".into()));
        assert_eq!(cache(&[home]), Some("/h/hub".into()));
        assert_eq!(cache(&[home, hub]), Some("/h2".into()));
        let homeless = HubOptions::from_variables(None, |_| None);
        assert!(homeless.is_none());
    }
}
