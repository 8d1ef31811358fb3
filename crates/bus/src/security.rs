//! How connections to Kafka are encrypted and authenticated.

use std::path::PathBuf;

use garde::Validate;
use mynah_secret::Secret;
use mynah_settings::rule;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Encryption and authentication of the connections to Kafka's brokers. Passwords travel over
/// encrypted connections alone. Files are read when the first client is made.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(default, deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct KafkaSecurity {
    /// Kafka's `security.protocol`: `plaintext`, `ssl` (TLS) or `sasl_ssl` (TLS, and a user with a
    /// password). Default `plaintext`.
    pub protocol: SecurityProtocol,
    /// PEM file of the certificate authorities that brokers are verified by. Default none: those of
    /// the system.
    #[garde(custom(rule(self.is_encrypted() || self.ca_file.is_none(), NEEDS_TLS)))]
    pub ca_file: Option<PathBuf>,
    /// PEM file of a client certificate and its chain, for brokers that demand one. Default none.
    #[garde(custom(rule(self.is_encrypted() || self.certificate_file.is_none(), NEEDS_TLS)))]
    #[garde(custom(rule(
        self.certificate_file.is_some() == self.key_file.is_some(),
        "and key_file need each other"
    )))]
    pub certificate_file: Option<PathBuf>,
    /// PEM file of that certificate's private key. Default none.
    #[garde(custom(rule(self.is_encrypted() || self.key_file.is_none(), NEEDS_TLS)))]
    pub key_file: Option<PathBuf>,
    /// The password of that file, where it is encrypted. Default none.
    #[garde(custom(rule(
        self.key_password.is_empty() || self.key_file.is_some(),
        "needs key_file"
    )))]
    pub key_password: Secret,
    /// Kafka's `sasl.mechanism`: `scram-sha-512`, `scram-sha-256` or `plain`. Default
    /// `scram-sha-512`.
    pub sasl_mechanism: SaslMechanism,
    /// The user for `sasl_ssl`. No default.
    #[garde(custom(rule(self.has_login() || self.sasl_user.is_empty(), NEEDS_LOGIN)))]
    #[garde(custom(rule(!self.has_login() || !self.sasl_user.is_empty(), IS_NEEDED)))]
    pub sasl_user: String,
    /// The password of that user. No default.
    #[garde(custom(rule(self.has_login() || self.sasl_password.is_empty(), NEEDS_LOGIN)))]
    #[garde(custom(rule(!self.has_login() || !self.sasl_password.is_empty(), IS_NEEDED)))]
    pub sasl_password: Secret,
}

/// Whether connections are encrypted, and whether a user logs in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SecurityProtocol {
    /// Neither.
    #[default]
    Plaintext,
    /// TLS.
    Ssl,
    /// TLS, and a user with a password.
    SaslSsl,
}

/// How the password is proved.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum SaslMechanism {
    /// A salted challenge with SHA-512 (RFC 5802).
    #[default]
    #[serde(rename = "scram-sha-512")]
    ScramSha512,
    /// The same with SHA-256.
    #[serde(rename = "scram-sha-256")]
    ScramSha256,
    /// The password itself.
    #[serde(rename = "plain")]
    Plain,
}

const NEEDS_TLS: &str = "needs protocol ssl or sasl_ssl";
const NEEDS_LOGIN: &str = "needs protocol sasl_ssl";
const IS_NEEDED: &str = "must be set, for protocol is sasl_ssl";

impl KafkaSecurity {
    fn is_encrypted(&self) -> bool {
        self.protocol != SecurityProtocol::Plaintext
    }

    fn has_login(&self) -> bool {
        self.protocol == SecurityProtocol::SaslSsl
    }
}

#[cfg(test)]
mod tests {
    use mynah_settings::{InvalidSettings, check};

    use super::*;

    fn wrong(security: &KafkaSecurity) -> Vec<String> {
        let error = check(security).err();
        let problems = error.iter().flat_map(InvalidSettings::problems);
        problems.map(ToString::to_string).collect()
    }

    #[test]
    fn contradictions_are_named_and_passwords_are_not_shown() {
        let file = || Some(PathBuf::from("a.pem"));
        let login = KafkaSecurity {
            protocol: SecurityProtocol::SaslSsl,
            sasl_user: "mynah".into(),
            sasl_password: "hunter2".to_owned().into(),
            ..KafkaSecurity::default()
        };
        assert_eq!(wrong(&KafkaSecurity::default()), Vec::<String>::new());
        assert_eq!(wrong(&login), Vec::<String>::new());
        assert!(!format!("{login:?}").contains("hunter2"));
        let ssl = KafkaSecurity {
            protocol: SecurityProtocol::Ssl,
            ..KafkaSecurity::default()
        };
        let cases = [
            KafkaSecurity {
                ca_file: file(),
                ..KafkaSecurity::default()
            },
            KafkaSecurity {
                certificate_file: file(),
                ..ssl.clone()
            },
            KafkaSecurity {
                key_file: file(),
                ..ssl.clone()
            },
            KafkaSecurity {
                key_password: "hunter2".to_owned().into(),
                ..ssl.clone()
            },
            KafkaSecurity {
                sasl_user: "mynah".into(),
                ..ssl
            },
            KafkaSecurity {
                sasl_password: Secret::default(),
                ..login.clone()
            },
            KafkaSecurity {
                sasl_user: String::new(),
                ..login
            },
        ];
        for case in cases {
            let wrong = wrong(&case);
            assert_eq!(wrong.len(), 1, "{case:?}: {wrong:?}");
            assert!(!wrong[0].contains("hunter2"));
        }
    }

    #[test]
    fn names_are_those_of_kafka_in_lower_case() {
        let read = serde_json::from_str::<KafkaSecurity>(
            r#"{"protocol":"sasl_ssl","sasl_mechanism":"scram-sha-256"}"#,
        )
        .unwrap();
        assert_eq!(read.protocol, SecurityProtocol::SaslSsl);
        assert_eq!(read.sasl_mechanism, SaslMechanism::ScramSha256);
        assert!(serde_json::from_str::<KafkaSecurity>(r#"{"protocol":"sasl_plaintext"}"#).is_err());
    }
}
