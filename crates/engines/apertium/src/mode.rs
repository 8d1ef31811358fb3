//! The directions that are installed, and the programs of each.
//!
//! A `.mode` file is one line of shell: programs joined by `|`, their files in single quotes.
//! `$1` stands for how the generator marks words that are not in its dictionary, `$2` for the tagger's options.

use std::path::{Path, PathBuf};

use mynah_speech::Language;

use crate::language::language;

/// `$1`: the generator leaves its marks `*`, `#` and `@` out, and the text's own in.
const GENERATE_UNMARKED: &str = "-n";

/// What makes a program answer at every NUL instead of at its input's end.
const NULL_FLUSH: &str = "-z";

/// An installed direction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mode {
    pub(crate) from: Language,
    pub(crate) to: Language,
    pub(crate) file: PathBuf,
}

/// One program of a pipeline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Program {
    pub(crate) program: String,
    pub(crate) arguments: Vec<String>,
}

/// All directions in a folder, by name. Empty where there is no such folder.
pub(crate) fn modes(folder: &Path) -> Vec<Mode> {
    let files = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut modes: Vec<Mode> = files.filter_map(|file| mode(file.path())).collect();
    modes.sort_by(|a, b| a.file.cmp(&b.file));
    modes
}

fn mode(file: PathBuf) -> Option<Mode> {
    let name = file.file_name()?.to_str()?.strip_suffix(".mode")?;
    // More parts name a stage for debugging or a special domain.
    let (from, to) = name.split_once('-').filter(|(_, to)| !to.contains('-'))?;
    Some(Mode {
        from: language(from)?,
        to: language(to)?,
        file,
    })
}

/// The programs of a mode, each with the option to flush at NUL. None where the file is not what was
/// described above.
pub(crate) fn programs(mode: &str) -> Option<Vec<Program>> {
    let mut programs = Vec::new();
    let mut words: Vec<String> = Vec::new();
    let mut rest = mode.trim();
    loop {
        rest = rest.trim_start();
        if rest.is_empty() || rest.starts_with('|') {
            let mut taken = std::mem::take(&mut words).into_iter();
            let program = taken.next()?;
            let arguments = std::iter::once(NULL_FLUSH.to_owned())
                .chain(taken)
                .collect();
            programs.push(Program { program, arguments });
            match rest.strip_prefix('|') {
                Some(more) => rest = more,
                None => return Some(programs),
            }
            continue;
        }
        let (word, more) = if let Some(quoted) = rest.strip_prefix('\'') {
            quoted.split_once('\'')?
        } else {
            let end = rest
                .find(|c: char| c.is_whitespace() || c == '|')
                .unwrap_or(rest.len());
            rest.split_at(end)
        };
        match word {
            "$1" => words.push(GENERATE_UNMARKED.into()),
            "$2" => {}
            // Anything else that only a shell understands.
            word if word.contains(['$', '`', '"', ';', '&', '>', '(']) => return None,
            word => words.push(word.into()),
        }
        rest = more;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mode_is_a_list_of_programs() {
        let mode = "lt-proc '/a b/x.bin' | apertium-tagger -g $2 '/x.prob'|lt-proc $1 /g.bin\n";
        let program = |program: &str, arguments: &[&str]| Program {
            program: program.into(),
            arguments: arguments.iter().map(|&a| a.into()).collect(),
        };
        assert_eq!(
            programs(mode),
            Some(vec![
                program("lt-proc", &["-z", "/a b/x.bin"]),
                program("apertium-tagger", &["-z", "-g", "/x.prob"]),
                program("lt-proc", &["-z", "-n", "/g.bin"]),
            ])
        );
    }

    #[test]
    fn what_only_a_shell_understands_is_refused() {
        for mode in [
            "",
            "a |",
            "| a",
            "a 'b",
            "a $(rm x)",
            "a > b",
            "a \"b\"",
            "a; b",
            "a `b`",
        ] {
            assert_eq!(programs(mode), None, "{mode}");
        }
    }
}
