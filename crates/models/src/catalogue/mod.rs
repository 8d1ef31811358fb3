//! The catalogue: which models there are, and where their files can be had.

mod source;
mod wire;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use serde::Serialize;

use crate::ModelError;

pub use source::{Conversion, Digest, Member, Origin, Package, Platform, Registry, Source};

/// The catalogue of this program.
const TEXT: &str = include_str!("catalogue.toml");

/// A set of models and of the packages that have their files.
#[derive(Clone, Debug)]
pub struct Catalogue {
    models: Vec<Model>,
    /// The bytes of each package, by its name with its version.
    package_bytes: BTreeMap<String, u64>,
}

/// What a model is for.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, serde::Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Text to speech.
    Synthesis,
    /// Speech to text.
    Recognition,
    /// Text to text in another language.
    Translation,
    /// A library that runs models.
    Runtime,
}

impl Role {
    /// Its name in the catalogue.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Synthesis => "synthesis",
            Self::Recognition => "recognition",
            Self::Translation => "translation",
            Self::Runtime => "runtime",
        }
    }
}

/// A model.
#[derive(Clone, Debug)]
pub struct Model {
    /// Its id, which is the name of its folder as well.
    pub id: String,
    /// What it is for.
    pub role: Role,
    /// Whether `pull default` includes it.
    pub default: bool,
    /// BCP-47 tags; `*` where they are too many to list. Of a translator, from and to.
    pub languages: Vec<String>,
    /// The licence of its files, as an SPDX expression.
    pub licence: String,
    /// Memory while it is in use, in bytes.
    pub memory: u64,
    /// What is better with it, in one line.
    pub improves: String,
    /// Its files.
    pub content: Content,
}

/// Where the files of a model are listed.
#[derive(Clone, Debug)]
pub enum Content {
    /// Here.
    Files(Vec<ModelFile>),
    /// At a hub: a checkpoint.
    Repository {
        /// `owner/name`.
        repository: String,
        /// The paths without which it has no such model.
        requires: Vec<String>,
        /// Its bytes, roughly.
        bytes: u64,
    },
}

/// A file of a model.
#[derive(Clone, Debug)]
pub struct ModelFile {
    /// Its path within the model's folder: plain names, with slashes between.
    pub path: String,
    /// The processor architecture that it is for; none where it is for all.
    pub architecture: Option<String>,
    /// Where it can be had, in the order in which that is tried. Never empty.
    pub sources: Vec<Source>,
}

impl ModelFile {
    /// Whether this machine can use it.
    pub fn is_for_this_machine(&self) -> bool {
        self.architecture
            .as_deref()
            .is_none_or(|it| it == std::env::consts::ARCH)
    }

    /// The bytes of the largest form of this file.
    pub fn bytes(&self) -> u64 {
        let sources = self.sources.iter();
        sources.map(|source| source.bytes).max().unwrap_or(0)
    }
}

impl Model {
    /// Its files for this machine; none where they are listed at a hub.
    pub fn files(&self) -> impl Iterator<Item = &ModelFile> {
        let files: &[ModelFile] = match &self.content {
            Content::Files(files) => files,
            Content::Repository { .. } => &[],
        };
        files.iter().filter(|file| file.is_for_this_machine())
    }

    /// The bytes that it takes once it is installed, roughly.
    pub fn bytes(&self) -> u64 {
        match &self.content {
            Content::Files(_) => self.files().map(ModelFile::bytes).sum(),
            Content::Repository { bytes, .. } => *bytes,
        }
    }
}

impl Catalogue {
    /// The catalogue of this program.
    ///
    /// # Panics
    /// Where its data, which tests parse, are damaged.
    pub fn builtin() -> &'static Self {
        static BUILTIN: LazyLock<Catalogue> = LazyLock::new(|| {
            Catalogue::parse(TEXT).unwrap_or_else(|error| panic!("the catalogue: {error}"))
        });
        &BUILTIN
    }

    /// Reads a catalogue: the format is described at the head of `catalogue.toml`.
    ///
    /// # Errors
    /// `Invalid` names the first thing in it that is wrong.
    pub fn parse(text: &str) -> Result<Self, ModelError> {
        wire::parse(text).map_err(|message| ModelError::invalid("catalogue", message))
    }

    /// All models.
    pub fn models(&self) -> &[Model] {
        &self.models
    }

    /// The model with this id.
    ///
    /// # Errors
    /// `Unknown` where there is none.
    pub fn get(&self, id: &str) -> Result<&Model, ModelError> {
        let found = self.models.iter().find(|model| model.id == id);
        found.ok_or_else(|| ModelError::Unknown {
            id: id.chars().take(64).collect(),
            known: self.ids().collect::<Vec<_>>().join(", "),
        })
    }

    /// The models of `pull default`.
    pub fn defaults(&self) -> impl Iterator<Item = &Model> {
        self.models.iter().filter(|model| model.default)
    }

    /// The ids of all models.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.models.iter().map(|model| model.id.as_str())
    }

    /// The repositories of hubs that have single files of models.
    pub fn repositories(&self) -> BTreeSet<String> {
        let files = self.models.iter().flat_map(Model::files);
        let sources = files.flat_map(|file| &file.sources);
        let repositories = sources.filter_map(|source| match &source.origin {
            Origin::Hub { id, .. } => Some(id.repository()),
            Origin::Https(_) | Origin::Packages(_) => None,
        });
        repositories.collect()
    }

    /// The bytes of a package, roughly.
    pub fn package_bytes(&self, package: &Package) -> u64 {
        let bytes = self.package_bytes.get(&package.to_string());
        bytes.copied().unwrap_or(0)
    }

    /// The bytes that some files need from the network where packages have them: at most so many
    /// are fetched, unless a source is left in the middle.
    pub fn download_bytes<'a>(&self, files: impl IntoIterator<Item = &'a ModelFile>) -> u64 {
        let mut packages = BTreeSet::new();
        let mut direct = 0;
        for file in files {
            let mut of_packages = file.sources.iter().flat_map(Source::packages).peekable();
            if of_packages.peek().is_none() {
                direct += file.bytes();
            }
            packages.extend(of_packages);
        }
        let packages = packages.into_iter();
        direct + packages.map(|it| self.package_bytes(it)).sum::<u64>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn builtin_catalogue_is_valid_and_has_defaults() {
        let catalogue = Catalogue::parse(TEXT).expect("valid");
        let defaults: Vec<&str> = catalogue.defaults().map(|it| it.id.as_str()).collect();
        assert_eq!(
            defaults,
            [
                "kokoro",
                "onnxruntime",
                "whisper-base",
                "bergamot-en-pt",
                "bergamot-pt-en"
            ]
        );
        let kokoro = catalogue.get("kokoro").expect("listed");
        assert_eq!(kokoro.files().count(), 56);
        let files = catalogue.defaults().flat_map(Model::files);
        let megabytes = catalogue.download_bytes(files) / 1_000_000;
        assert!((300..400).contains(&megabytes), "{megabytes}");
        for model in catalogue.models() {
            for file in model.files() {
                for package in file.sources.iter().flat_map(Source::packages) {
                    assert!(catalogue.package_bytes(package) > 0, "{package}");
                }
            }
        }
    }

    #[test]
    fn wrong_catalogues_are_refused_with_the_reason() {
        let file = |rest: &str| {
            format!(
                "[packages]\n\"p==1\" = 9\n[[model]]\nid = \"m\"\nrole = \"runtime\"\nlanguages = []\nlicence = \"MIT\"\nmemory = 1\nimproves = \"x\"\n[[model.file]]\n{rest}"
            )
        };
        let digest = "a".repeat(64);
        let whole = format!("path = \"a\"\nbytes = 1\nsha256 = \"{digest}\"\n");
        for (text, reason) in [
            (
                file("path = \"../a\"\nbytes = 1\nsource = [{ hub = \"o/n:a\" }]"),
                "path",
            ),
            (file(&format!("{whole}source = []")), "no source"),
            (file(&format!("{whole}source = [{{ }}]")), "one of hub"),
            (
                file(&format!("{whole}source = [{{ hub = \"o:a\" }}]")),
                "o:a",
            ),
            (
                file(&format!("{whole}source = [{{ pip = [\"p:a\"] }}]")),
                "p:a",
            ),
            (
                file(&format!("{whole}source = [{{ pip = [\"q==1:a\"] }}]")),
                "q==1",
            ),
            (
                file(&format!("{whole}source = [{{ https = \"http://a/b\" }}]")),
                "https",
            ),
            (
                file("path = \"a\"\nbytes = 1\nsource = [{ https = \"https://a/b\" }]"),
                "digest",
            ),
            (
                file("path = \"a\"\nbytes = 1\nsha256 = \"12\"\nsource = [{ hub = \"o/n:a\" }]"),
                "12",
            ),
            (
                file("path = \"a\"\nbytes = 1\nsize = 3\nsource = []"),
                "size",
            ),
        ] {
            let error = Catalogue::parse(&text).expect_err(&text).to_string();
            assert!(error.contains(reason), "{reason}: {error}");
        }
    }
}
