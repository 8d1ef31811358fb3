//! What a server sets about its keys and limits.

/// Whether keys are required, and how much one client may use. The server that owns the
/// configuration file makes these from its own settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthSettings {
    /// Whether clients on this machine need a key as well.
    pub require_keys: bool,
    /// Requests per minute of one key, or of one address without a key. 0 means no limit.
    pub requests_per_minute: u32,
    /// Requests that may arrive at once before the rate counts, at least 1.
    pub request_burst: u32,
    /// Seconds of audio per hour of one key, or of one address without a key. 0 means no limit.
    pub audio_seconds_per_hour: u32,
    /// Seconds of audio that may be used at once before the rate counts. 0 means a tenth of
    /// `audio_seconds_per_hour`, and at least 1.
    pub audio_burst_seconds: u32,
    /// The share of each concurrency limit that one key may use where there is more than one key,
    /// in percent, 1 to 100.
    pub key_share_percent: u32,
    /// Names and ids of keys that may use all of each limit.
    pub keys_without_share: Vec<String>,
}

impl Default for AuthSettings {
    /// No limits, and keys only where other machines can connect.
    fn default() -> Self {
        Self {
            require_keys: false,
            requests_per_minute: 0,
            request_burst: 1,
            audio_seconds_per_hour: 0,
            audio_burst_seconds: 0,
            key_share_percent: 100,
            keys_without_share: Vec::new(),
        }
    }
}
