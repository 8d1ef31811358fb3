//! Text files of any encoding.

use std::io::Write;
use std::process::Stdio;

use crate::support::{Home, Run};

const TEXT: &str = "La niña está mañana aquí: ¿dónde?";

fn utf_16(text: &str, mark: bool, unit: fn(u16) -> [u8; 2]) -> Vec<u8> {
    let marked = format!("{}{text}", if mark { "\u{feff}" } else { "" });
    marked.encode_utf16().flat_map(unit).collect()
}

/// One text in several encodings, and what standard error says of it.
fn files() -> Vec<(Vec<u8>, &'static str)> {
    let latin: Vec<u8> = TEXT.chars().map(|c| c as u32 as u8).collect();
    vec![
        (TEXT.into(), ""),
        ([&b"\xef\xbb\xbf"[..], TEXT.as_bytes()].concat(), ""),
        (utf_16(TEXT, true, u16::to_le_bytes), "UTF-16LE"),
        (utf_16(TEXT, true, u16::to_be_bytes), "UTF-16BE"),
        (utf_16(TEXT, false, u16::to_le_bytes), "UTF-16LE"),
        (latin, "windows-1252"),
    ]
}

fn with_stdin(home: &Home, arguments: &[&str], bytes: &[u8]) -> Run {
    let mut child = home
        .command(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program runs");
    let mut stdin = child.stdin.take().expect("a pipe");
    stdin.write_all(bytes).expect("text goes in");
    drop(stdin);
    child.wait_with_output().expect("it ends").into()
}

#[test]
fn text_is_read_in_its_encoding_by_every_command() {
    let home = Home::new().with("MYNAH_ENGINES__TONE__ENABLED", "true");
    let from_to = ["--from", "es", "--to", "en"];
    let expected = home
        .run(&[&["translate", TEXT], &from_to[..]].concat())
        .ok();
    let spoken = ["--voice", "espeak/es", "--language", "es", "-o"];
    home.run(&[&["say", TEXT], &spoken[..], &["argument.wav"]].concat())
        .ok();
    let sound = |name: &str| std::fs::read(home.path().join(name)).expect("a file");
    for (bytes, note) in files() {
        home.write("a.txt", &bytes);
        let file = home.run(&[&["translate", "a.txt"], &from_to[..]].concat());
        assert_eq!(file.stdout, expected, "{note}: {}", file.stderr);
        assert!(file.stderr.contains(note), "{}", file.stderr);
        let piped = with_stdin(&home, &[&["translate", "-"], &from_to[..]].concat(), &bytes);
        assert_eq!(piped.stdout, expected, "{note}: {}", piped.stderr);
        home.run(&[&["say", "a.txt"], &spoken[..], &["file.wav"]].concat())
            .ok();
        assert_eq!(sound("file.wav"), sound("argument.wav"), "{note}");
        let cloned = [
            "say",
            "Hi.",
            "-o",
            "b.wav",
            "--voice",
            "tone/clone",
            "--ref-audio",
            "argument.wav",
            "--ref-text",
            "@a.txt",
            "--consent-speaker",
            "Ana",
            "--consent-statement",
            "Yes.",
        ];
        let run = home.run(&cloned);
        assert!(run.code == 0 && run.stderr.contains(note), "{}", run.stderr);
    }
}

#[test]
fn what_is_no_text_is_refused() {
    let home = Home::new();
    home.write(
        "a.png",
        b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x01\0\0\0\x01\0\x08\x06",
    );
    home.run(&["say", "a.png", "-o", "a.wav"])
        .fails(2, &["a.png", "not text"]);
    home.run(&["translate", "a.png", "--from", "en", "--to", "es"])
        .fails(2, &["a.png", "not text"]);
}
