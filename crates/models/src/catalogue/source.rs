//! Where a file can be had.

use std::fmt;

use crate::hub::HubId;

/// Where a file can be had, and which bytes come from there.
#[derive(Clone, Debug)]
pub struct Source {
    /// Where.
    pub origin: Origin,
    /// What is done to the bytes that come from there.
    pub conversion: Option<Conversion>,
    /// The bytes of the file, after the conversion.
    pub bytes: u64,
    /// The digest of the file, after the conversion.
    pub digest: Digest,
}

/// How the bytes of a file are known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Digest {
    /// SHA-256 in hexadecimal.
    Sha256(String),
    /// The hub states it, and the first pull pins it.
    Stated,
}

/// A place in the network.
#[derive(Clone, Debug)]
pub enum Origin {
    /// A file of a repository of a hub.
    Hub {
        /// The repository.
        id: HubId,
        /// The path of the file within it.
        path: String,
    },
    /// An address.
    Https(String),
    /// Members of packages, joined in this order.
    Packages(Vec<Member>),
}

/// A file within a package.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Member {
    /// The package.
    pub package: Package,
    /// The path of the file within it.
    pub path: String,
}

/// A package of a registry, fetched by the registry's ordinary client.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Package {
    /// Its registry.
    pub registry: Registry,
    /// Its name.
    pub name: String,
    /// Its exact version.
    pub version: String,
    /// Of a wheel for certain machines, which one; the machine that reads it need not be one.
    pub platform: Option<Platform>,
}

/// A registry of packages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Registry {
    /// Python's, by pip.
    Pip,
    /// JavaScript's, by npm.
    Npm,
}

/// The machines that a wheel is for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Platform {
    /// Its platform tag.
    pub tag: String,
    /// The version of Python.
    pub python: String,
}

/// What is done to the bytes of a source.
#[derive(Clone, Debug)]
pub enum Conversion {
    /// A Whisper model of `CTranslate2` becomes one of whisper.cpp.
    Whisper {
        /// Its vocabulary: a list in JSON, or lines of text.
        vocabulary: Member,
    },
    /// A graph of Kokoro becomes one that computes the same numbers faster.
    Kokoro {
        /// The bytes of the file before the conversion.
        bytes: u64,
        /// The digest of the file before the conversion.
        sha256: Digest,
    },
}

impl Source {
    /// The bytes and the digest of the file that it has, before any conversion. Of a conversion of
    /// several files the result is known alone.
    pub(crate) fn fetched(&self) -> (u64, &Digest) {
        match &self.conversion {
            Some(Conversion::Kokoro { bytes, sha256 }) => (*bytes, sha256),
            Some(Conversion::Whisper { .. }) | None => (self.bytes, &self.digest),
        }
    }

    /// The packages that it needs.
    pub fn packages(&self) -> impl Iterator<Item = &Package> {
        self.members().map(|member| &member.package)
    }

    /// The members of packages that it needs.
    pub(crate) fn members(&self) -> impl Iterator<Item = &Member> {
        let members: &[Member] = match &self.origin {
            Origin::Packages(members) => members,
            Origin::Hub { .. } | Origin::Https(_) => &[],
        };
        let vocabulary = self.conversion.as_ref().and_then(|own| match own {
            Conversion::Whisper { vocabulary } => Some(vocabulary),
            Conversion::Kokoro { .. } => None,
        });
        members.iter().chain(vocabulary)
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.origin {
            Origin::Hub { id, path } => write!(f, "hub {id} {path}"),
            Origin::Https(address) => f.write_str(address),
            Origin::Packages(members) => {
                let mut packages: Vec<String> = Vec::new();
                for member in members {
                    let shown = member.package.to_string();
                    if packages.last() != Some(&shown) {
                        packages.push(shown);
                    }
                }
                let client = members
                    .first()
                    .map_or("", |it| it.package.registry.client());
                write!(f, "{client} {}", packages.join(" "))
            }
        }
    }
}

impl fmt::Display for Package {
    /// `name==version` of Python, `name@version` of JavaScript.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let separator = self.registry.separator();
        write!(f, "{}{separator}{}", self.name, self.version)
    }
}

impl Registry {
    /// The name of its client.
    pub const fn client(self) -> &'static str {
        match self {
            Self::Pip => "pip",
            Self::Npm => "npm",
        }
    }

    /// What stands between a name and a version.
    pub(super) const fn separator(self) -> &'static str {
        match self {
            Self::Pip => "==",
            Self::Npm => "@",
        }
    }
}
