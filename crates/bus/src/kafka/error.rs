//! Errors of librdkafka as errors of the bus, without record contents and addresses.

use rdkafka::error::{KafkaError, RDKafkaErrorCode as Code};

use crate::error::BusError;

/// The code of an error of any call.
pub(super) fn code_of(error: &KafkaError) -> Option<Code> {
    match error {
        KafkaError::AdminOp(code) => Some(*code),
        other => other.rdkafka_error_code(),
    }
}

/// An error about a topic, or about a group that reads it.
pub(super) fn about(topic: &str, error: &KafkaError) -> BusError {
    match (code_of(error), error) {
        (Some(code), _) => about_code(topic, code),
        (None, KafkaError::Canceled) => BusError::Closed,
        (None, KafkaError::ClientConfig(_, why, key, _)) => {
            BusError::Refused(format!("the Kafka client doesn't take {key}: {why}"))
        }
        // Such as an unreadable certificate.
        (None, KafkaError::ClientCreation(why)) => BusError::Refused(format!(
            "no Kafka client can be made of the settings: {why}"
        )),
        (None, other) => BusError::Unreachable(other.to_string()),
    }
}

pub(super) fn about_code(topic: &str, code: Code) -> BusError {
    match code {
        Code::UnknownTopic | Code::UnknownTopicOrPartition | Code::UnknownPartition => {
            BusError::NoTopic(topic.to_owned())
        }
        Code::PurgeQueue | Code::PurgeInflight => BusError::Closed,
        code if is_refusal(code) => BusError::Refused(format!("Kafka refuses it: {code}")),
        code => BusError::Unreachable(code.to_string()),
    }
}

/// Errors that a retry does not help.
const fn is_refusal(code: Code) -> bool {
    matches!(
        code,
        Code::ClusterAuthorizationFailed
            | Code::FencedInstanceId
            | Code::GroupAuthorizationFailed
            | Code::InconsistentGroupProtocol
            | Code::InvalidArgument
            | Code::InvalidConfig
            | Code::InvalidGroupId
            | Code::InvalidPartitions
            | Code::InvalidReplicationFactor
            | Code::InvalidRequest
            | Code::InvalidSessionTimeout
            | Code::InvalidTopic
            | Code::MessageSizeTooLarge
            | Code::OffsetMetadataTooLarge
            | Code::PolicyViolation
            | Code::SaslAuthenticationFailed
            | Code::TopicAuthorizationFailed
            | Code::UnsupportedVersion
    )
}

/// Why a broker refused the login, with the settings for it; none for other errors.
pub(super) const fn login_failure(code: Code) -> Option<&'static str> {
    match code {
        Code::Authentication | Code::SaslAuthenticationFailed => {
            Some("refuses the login (bus.security.sasl_user, sasl_password, sasl_mechanism)")
        }
        Code::SSL => {
            Some("cannot be connected to by TLS (bus.security.protocol, ca_file, certificate_file)")
        }
        _ => None,
    }
}

/// Errors of a commit for a partition that is assigned to another consumer, which repeats the work.
pub(super) const fn is_stale(code: Code) -> bool {
    matches!(
        code,
        Code::IllegalGeneration
            | Code::UnknownMemberId
            | Code::FencedInstanceId
            | Code::AssignmentLost
            | Code::StaleMemberEpoch
            | Code::FencedMemberEpoch
            | Code::NoOffset
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn error_codes_are_classified() {
        let of = |code| about_code("t", code);
        assert_eq!(of(Code::UnknownTopic), BusError::NoTopic("t".to_owned()));
        assert!(of(Code::MessageTimedOut).is_transient());
        assert!(of(Code::BrokerTransportFailure).is_transient());
        assert!(matches!(of(Code::InvalidTopic), BusError::Refused(_)));
        assert_eq!(of(Code::PurgeQueue), BusError::Closed);
        let admin = about("t", &KafkaError::AdminOp(Code::PolicyViolation));
        assert!(matches!(admin, BusError::Refused(_)));
        assert!(is_stale(Code::IllegalGeneration) && !is_stale(Code::RequestTimedOut));
    }
}
