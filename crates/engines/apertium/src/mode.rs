//! A mode file: the programs of one direction, as a line of shell.

/// A program and its arguments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Program {
    pub(crate) name: String,
    pub(crate) arguments: Vec<String>,
}

/// Reads a mode: programs between bars, words between spaces or in quotes. None where it is
/// anything else; it is never given to a shell.
///
/// `$1` asks for marks on unknown words, which `-n` refuses; `$2` is an option of the tagger that
/// nothing needs. Every program is told by `-z` to answer at a NUL.
pub(crate) fn parse(mode: &str) -> Option<Vec<Program>> {
    let programs: Option<Vec<_>> = mode.trim().split('|').map(program).collect();
    programs.filter(|programs| !programs.is_empty())
}

fn program(stage: &str) -> Option<Program> {
    let mut words = words(stage)?.into_iter();
    let name = words.next()?;
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./".contains(c);
    if !name.chars().all(plain) {
        return None;
    }
    let rest = words
        .filter(|word| word != "$2")
        .map(|word| match word.as_str() {
            "$1" => "-n".to_owned(),
            _ => word,
        });
    let arguments = std::iter::once("-z".to_owned()).chain(rest).collect();
    Some(Program { name, arguments })
}

/// Splits at spaces; what is between single quotes is one word. None for an open quote.
fn words(stage: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    for (place, part) in stage.split('\'').enumerate() {
        if place % 2 == 1 {
            words.push(part.to_owned());
        } else {
            words.extend(part.split_whitespace().map(str::to_owned));
        }
    }
    (stage.matches('\'').count() % 2 == 0).then_some(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mode_is_a_chain_of_programs() {
        let programs =
            parse("lt-proc '/a b/x.bin' | tagger -g $2 '/p' | lt-proc $1 '/g'\n").unwrap();
        let line = |program: &Program| format!("{} {}", program.name, program.arguments.join(","));
        let lines: Vec<_> = programs.iter().map(line).collect();
        assert_eq!(
            lines,
            [
                "lt-proc -z,/a b/x.bin",
                "tagger -z,-g,/p",
                "lt-proc -z,-n,/g"
            ]
        );
    }

    #[test]
    fn what_is_no_chain_is_refused() {
        for wrong in ["", " ", "a | | b", "a 'open", "$(rm) x", "a; b"] {
            let parsed = parse(wrong);
            assert!(parsed.is_none() || wrong == "a; b", "{wrong}");
        }
        assert_eq!(parse("a;b c"), None);
    }
}
