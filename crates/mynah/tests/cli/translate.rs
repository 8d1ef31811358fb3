//! Text to text, by Apertium.

use crate::support::Home;

fn spanish(home: &Home, text: &str) -> String {
    home.run(&["translate", text, "--from", "en", "--to", "es"])
        .ok()
}

#[test]
fn literals_go_through_unchanged() {
    let home = Home::new();
    for (text, literals) in [
        (
            "Visit https://example.com/the/dog?a=b&c=d today.",
            vec!["https://example.com/the/dog?a=b&c=d"],
        ),
        (
            "Write to a@b.org or the.dog@house.com.",
            vec!["a@b.org", "the.dog@house.com"],
        ),
        (
            "It costs 1,234.56 dollars, or $5.00, or 20%.",
            vec!["1,234.56", "$5.00", "20%"],
        ),
        ("Come on 2024-01-05 at 10:30.", vec!["2024-01-05", "10:30"]),
        ("Call +1 (555) 123-4567 now.", vec!["+1 (555) 123-4567"]),
        (
            "Open `the house` and run get_house() with --the-dog.",
            vec!["`the house`", "get_house()", "--the-dog"],
        ),
        (
            "Edit house.toml in /home/dog with {name} and <b>bold</b> text.",
            vec!["house.toml", "/home/dog", "{name}", "<b>", "</b>"],
        ),
        (
            "The server is at 192.168.0.1:8080.",
            vec!["192.168.0.1:8080"],
        ),
    ] {
        let said = spanish(&home, text);
        for literal in literals {
            assert!(said.contains(literal), "{literal} is not in {said}");
        }
        assert_ne!(said.trim(), text, "the words are translated");
    }
}

#[test]
fn nothing_in_is_nothing_out() {
    let home = Home::new();
    home.write("empty.txt", "");
    for text in ["", " ", "\n\n", "empty.txt"] {
        assert_eq!(spanish(&home, text), "", "{text:?}");
    }
}

#[test]
fn lines_of_a_list_stay_lines() {
    let home = Home::new();
    for (text, expected) in [
        ("- the dog\n- the house", "- El perro\n- La casa\n"),
        ("1. the dog\n2. the house\n", "1. El perro\n2. La casa\n"),
        (
            "the dog\nthe house\nthe cat",
            "El perro\nLa casa\nEl gato\n",
        ),
        (
            "* the dog\n  * the house\n\n* the cat",
            "* El perro\n  * La casa\n\n* El gato\n",
        ),
    ] {
        assert_eq!(spanish(&home, text), expected);
    }
}

#[test]
fn languages_are_named_in_many_ways() {
    let home = Home::new();
    let expected = spanish(&home, "The dog ran.");
    for (from, to) in [
        ("English", "Spanish"),
        ("en_GB", "es-MX"),
        ("en-AU", "ES"),
        ("British English", "Latin American Spanish"),
        ("eng", "spa"),
    ] {
        let said = home.run(&["translate", "The dog ran.", "--from", from, "--to", to]);
        assert_eq!(said.ok(), expected, "{from} {to}");
    }
}
