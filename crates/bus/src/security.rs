//! How connections to Kafka are encrypted and authenticated.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use mynah_secret::Secret;

/// Encryption and authentication of the connections to Kafka's brokers. Passwords travel over
/// encrypted connections alone.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct KafkaSecurity {
    /// Kafka's `security.protocol`: `plaintext`, `ssl` (TLS) or `sasl_ssl` (TLS, and a user with a
    /// password). Default `plaintext`.
    pub protocol: SecurityProtocol,
    /// PEM file of the certificate authorities that brokers are verified by. Default none: those
    /// of the system.
    pub ca_file: Option<PathBuf>,
    /// PEM file of a client certificate and its chain, for brokers that demand one. Default none.
    pub certificate_file: Option<PathBuf>,
    /// PEM file of that certificate's private key. Default none.
    pub key_file: Option<PathBuf>,
    /// The password of that file, where it is encrypted. Default none.
    pub key_password: Secret,
    /// Kafka's `sasl.mechanism`: `scram-sha-512`, `scram-sha-256` or `plain`. Default
    /// `scram-sha-512`.
    pub sasl_mechanism: SaslMechanism,
    /// The user for `sasl_ssl`. No default.
    pub sasl_user: String,
    /// The password of that user. No default.
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

impl KafkaSecurity {
    /// Adds everything that contradicts itself to `wrong`. Files are read when the first client
    /// is made.
    pub(crate) fn check(&self, wrong: &mut Vec<String>) {
        let mut require = |holds: bool, message: &str| {
            if !holds {
                wrong.push(message.to_owned());
            }
        };
        let encrypted = self.protocol != SecurityProtocol::Plaintext;
        let has_files = self.ca_file.is_some() || self.certificate_file.is_some();
        require(
            encrypted || !(has_files || self.key_file.is_some()),
            "security.ca_file, certificate_file and key_file need security.protocol ssl or sasl_ssl",
        );
        require(
            self.certificate_file.is_some() == self.key_file.is_some(),
            "security.certificate_file and security.key_file need each other",
        );
        require(
            self.key_password.is_empty() || self.key_file.is_some(),
            "security.key_password needs security.key_file",
        );
        let has_user = !self.sasl_user.is_empty();
        let has_password = !self.sasl_password.is_empty();
        if self.protocol == SecurityProtocol::SaslSsl {
            require(
                has_user && has_password,
                "security.protocol sasl_ssl needs security.sasl_user and security.sasl_password",
            );
        } else {
            require(
                !has_user && !has_password,
                "security.sasl_user and security.sasl_password need security.protocol sasl_ssl",
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrong(security: &KafkaSecurity) -> Vec<String> {
        let mut wrong = Vec::new();
        security.check(&mut wrong);
        wrong
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
