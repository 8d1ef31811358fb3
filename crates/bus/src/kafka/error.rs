//! What librdkafka says, in the words of the bus. Nothing of a record and no address gets through.

use rdkafka::error::{KafkaError, RDKafkaErrorCode as Code};

use crate::error::BusError;

/// The code, whichever call it comes from.
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
        // Such as a certificate that cannot be read.
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

/// Where trying again does not help.
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

/// Why a broker that could be reached let no client in, with the settings that decide it; none for
/// other errors.
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

/// What a commit says when the partition has gone to somebody else. Not an error: whoever has it
/// now does the work again.
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
    fn each_kind_of_error_has_its_place() {
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
