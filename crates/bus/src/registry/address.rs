//! The registry's address.

use url::{Host, Url};

use crate::avro::SchemaError;

/// Where the registry's paths begin. It holds no credentials.
#[derive(Clone, Debug)]
pub(super) struct Address(Url);

fn refused(why: &str) -> SchemaError {
    // Never the address itself: it may hold a password.
    SchemaError::Refused(format!("the schema registry's URL {why}"))
}

impl Address {
    pub(super) fn parse(text: &str) -> Result<Self, SchemaError> {
        let url = Url::parse(text.trim()).map_err(|_| refused("is not a URL"))?;
        if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
            return Err(refused("must begin with http:// or https:// and a host"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(refused(
                "must not hold credentials; there are settings for them",
            ));
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(refused("must end with its path"));
        }
        Ok(Self(url))
    }

    /// A path below it; what is in the parts is escaped.
    pub(super) fn below(&self, path: &[&str]) -> Url {
        let mut url = self.0.clone();
        if let Ok(mut own) = url.path_segments_mut() {
            own.pop_if_empty().extend(path);
        }
        url
    }

    /// Whether it is on this machine.
    pub(super) fn is_loopback(&self) -> bool {
        match self.0.host() {
            Some(Host::Ipv4(ip)) => ip.is_loopback(),
            Some(Host::Ipv6(ip)) => ip.is_loopback(),
            Some(Host::Domain(name)) => name == "localhost",
            None => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_go_below_the_address_and_are_escaped() {
        for base in ["http://[::1]:81/apis/v7", "http://[::1]:81/apis/v7/"] {
            let url = Address::parse(base).unwrap();
            let below = url.below(&["subjects", "a/b?c"]);
            assert_eq!(below.as_str(), "http://[::1]:81/apis/v7/subjects/a%2Fb%3Fc");
            assert!(url.is_loopback());
        }
        let url = Address::parse("https://registry.example").unwrap();
        assert_eq!(
            url.below(&["subjects"]).as_str(),
            "https://registry.example/subjects"
        );
        assert!(!url.is_loopback());
    }

    #[test]
    fn an_address_that_holds_more_is_refused_without_being_repeated() {
        for bad in [
            "https://ann:hunter2@registry",
            "https://hunter2@registry",
            "https://registry/?token=hunter2",
            "https://registry/#hunter2",
            "ftp://hunter2",
            "hunter2:8081",
            "//hunter2",
            "",
        ] {
            let error = Address::parse(bad).unwrap_err();
            assert!(matches!(error, SchemaError::Refused(_)), "{bad}");
            assert!(!error.to_string().contains("hunter2"), "{error}");
        }
    }
}
