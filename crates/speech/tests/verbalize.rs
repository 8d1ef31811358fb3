//! What figures, signs and abbreviations are read as, by language: `tests/data/verbalize/`.

use std::borrow::Cow;
use std::fs;
use std::path::Path;

use mynah_speech::Language;
use mynah_speech::text::verbalize;
use proptest::prelude::*;

/// The fewest cases that a language has.
const MIN_CASES: usize = 30;

const TAGS: [&str; 10] = ["de", "en", "es", "fr", "it", "ja", "ko", "pt", "ru", "zh"];

fn language(tag: &str) -> Language {
    tag.parse().expect("a tag")
}

struct Case {
    language: Language,
    written: String,
    spoken: String,
}

fn cases(tag: &str) -> Vec<Case> {
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/data/verbalize/{tag}.txt"));
    let file = fs::read_to_string(path).expect("a golden file");
    let mut current = language(tag);
    let mut cases = Vec::new();
    for line in file.lines().filter(|line| !line.starts_with("# ")) {
        if let Some(tag) = line.strip_prefix("@ ") {
            current = language(tag);
        } else if let Some((written, spoken)) = line.split_once(" => ") {
            let read = |text: &str| text.replace('⍽', "\u{a0}");
            cases.push(Case {
                language: current.clone(),
                written: read(written),
                spoken: read(spoken),
            });
        } else {
            assert!(line.is_empty(), "no case: {line}");
        }
    }
    cases
}

#[test]
fn golden_readings_hold_in_every_language() {
    let mut wrong = Vec::new();
    for tag in TAGS {
        let cases = cases(tag);
        assert!(cases.len() >= MIN_CASES, "{tag} has {} cases", cases.len());
        for case in cases {
            let found = verbalize(&case.written, &case.language);
            if found != case.spoken {
                wrong.push(format!(
                    "{} {:?}\n  expected {:?}\n  found    {found:?}",
                    case.language, case.written, case.spoken
                ));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{} wrong\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

/// In a sentence, a bracket or quotes, each case is read as it is alone.
#[test]
fn readings_do_not_depend_on_brackets_and_quotes() {
    for tag in TAGS {
        for case in cases(tag) {
            // The dot of an abbreviation at the end is that of the sentence too, and a first word
            // decides about what follows it.
            if case.written.ends_with('.') || case.spoken.ends_with('.') {
                continue;
            }
            for (open, close) in [("(", ")"), ("“", "”"), ("[", "]")] {
                let found = verbalize(&format!("{open}{}{close}", case.written), &case.language)
                    .into_owned();
                assert_eq!(found, format!("{open}{}{close}", case.spoken), "{tag}");
            }
        }
    }
}

/// Written words are borrowed: nothing is allocated and nothing changed.
#[test]
fn plain_prose_is_borrowed() {
    for (tag, text) in [
        (
            "en",
            "I think that twenty-one well-known people came; didn’t you? “Yes!” (No.)",
        ),
        (
            "en",
            "The MIX of CIVIL and VIVID: May I? A while – or so — later... end",
        ),
        (
            "en",
            "Sun and Mon may march on. Kay's O'Neil, e-mail, co-op, rock ’n’ roll",
        ),
        ("de", "Der Mann – ein Freund – kam heute nicht. „Ja!“"),
        ("fr", "C’est l’été : « voilà » ! Aujourd’hui, qu’est-ce ?"),
        ("es", "¿Qué tal? ¡Muy bien! Mi casa es su casa."),
        ("it", "L’amico disse: «perché no?»"),
        ("pt", "Não há coração sem emoção, disse-lhe."),
        ("ru", "Он сказал: «Я — здесь», и ушёл."),
        ("zh", "你好，世界。今天天气很好！"),
        ("ja", "こんにちは。東京は大きいです。"),
        ("ko", "안녕하세요. 오늘은 날씨가 좋습니다."),
        ("en", ""),
        ("en", " \n\t "),
    ] {
        let found = verbalize(text, &language(tag));
        assert!(
            matches!(found, Cow::Borrowed(_)),
            "{tag}: {text} became {found}"
        );
        assert_eq!(found, text);
    }
}

#[test]
fn other_languages_are_left_as_they_are() {
    for tag in ["nl", "und", "th", "ar", "pl"] {
        let text = "€20, 40–60, 1914–1918";
        assert!(matches!(verbalize(text, &language(tag)), Cow::Borrowed(same) if same == text));
    }
}

/// No range, date or price may be read as an operation or by the name of its sign.
#[test]
fn dates_and_ranges_name_no_signs() {
    for (tag, signs) in [
        ("en", ["slash", "minus", "dash"]),
        ("en-GB", ["slash", "minus", "dash"]),
        ("de", ["Schrägstrich", "minus", "Bindestrich"]),
        ("es", ["barra", "menos", "guion"]),
        ("fr", ["barre", "moins", "tiret"]),
        ("it", ["barra", "meno", "trattino"]),
        ("pt", ["barra", "menos", "hífen"]),
        ("ru", ["слеш", "минус", "дефис"]),
        ("zh", ["斜杠", "负", "杠"]),
        ("ja", ["スラッシュ", "マイナス", "ハイフン"]),
        ("ko", ["슬래시", "마이너스", "하이픈"]),
    ] {
        for day in 1..=12 {
            for text in [
                format!("{day}/11/2026"),
                format!("{day:02}/11/2026"),
                format!("{day:02}.11.2026"),
                format!("2026-11-{day:02}"),
                format!("{day}-{}", day + 5),
                format!("{day}–{}", day + 30),
                format!("19{:02}–19{:02}", day, day + 40),
                format!("€{day}–{}", day + 2),
                format!("{day}:00–{}:30", day + 8),
            ] {
                let found = verbalize(&text, &language(tag));
                assert!(
                    !found.contains(|c: char| c.is_ascii_digit()),
                    "{tag} {text}: {found}"
                );
                for sign in signs {
                    assert!(!found.contains(sign), "{tag} {text}: {found}");
                }
            }
        }
    }
}

/// A number is read as one number up to eighteen digits, beyond that digit by digit.
#[test]
fn long_numbers_are_read_by_digit() {
    let english = language("en");
    let at_limit = verbalize("123456789012345678", &english);
    assert!(
        at_limit.starts_with("one hundred twenty-three quadrillion"),
        "{at_limit}"
    );
    let beyond = verbalize("1234567890123456789", &english);
    assert!(beyond.starts_with("one two three four"), "{beyond}");
}

/// The parts of expressions, in any order.
fn text() -> impl Strategy<Value = String> {
    const PARTS: &[&str] = &[
        "1",
        "2",
        "12",
        "21",
        "0",
        "007",
        "1984",
        "1,234",
        "1.234,56",
        "3.5",
        "99",
        " ",
        " ",
        "\u{a0}",
        "-",
        "–",
        "—",
        "−",
        "~",
        "/",
        ":",
        ".",
        ",",
        "...",
        "%",
        "°C",
        "€",
        "$",
        "£",
        "¥",
        "R$",
        "EUR",
        "руб.",
        "円",
        "元",
        "원",
        "km/h",
        "m²",
        "kg",
        "h",
        "s",
        "th",
        "º",
        "er",
        "-й",
        "'",
        "’s",
        "\"",
        "(",
        ")",
        "&",
        "+",
        "=",
        "#",
        "@",
        "§",
        "×",
        "½",
        "²",
        "₂",
        "^",
        "e6",
        "No.",
        "Dr.",
        "St.",
        "etc.",
        "z. B.",
        "т. е.",
        "p.m.",
        "Uhr",
        "May",
        "Mai",
        "мая",
        "Mon",
        "Louis",
        "XIV",
        "XX",
        "siècle",
        "в.",
        "году",
        "I",
        "C#",
        "a@b.com",
        "https://",
        "x.toml",
        "v1.2.3",
        "10.0.0.1",
        "/usr/bin",
        "+44",
        "(555)",
        "億",
        "时",
        "年",
        "月",
        "시",
        "개",
        "第",
        "，",
        "５",
        "％",
        "million",
        "Mio.",
        "млн",
        "the",
        "x",
        "㎡",
        "ZIP ",
        ", CA ",
        "12a, ",
        "元/斤",
        "時間",
        "시간",
        "%-",
        "heures",
        "St.",
        "\n",
        "é",
        "中",
        "한",
        "😀",
        "\u{301}",
        "2026-11-29T12:00:00Z",
    ];
    let part = prop_oneof![
        12 => prop::sample::select(PARTS).prop_map(str::to_owned),
        2 => "[0-9]{1,22}",
        1 => "\\PC{1,4}",
        1 => any::<String>(),
    ];
    prop::collection::vec(part, 0..16).prop_map(|parts| parts.concat())
}

fn any_language() -> impl Strategy<Value = Language> {
    const REGIONS: [&str; 6] = ["en-GB", "es-MX", "fr-BE", "pt-PT", "de-CH", "nl"];
    prop_oneof![
        prop::sample::select(&TAGS[..]),
        prop::sample::select(&REGIONS[..])
    ]
    .prop_map(language)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3000))]

    #[test]
    fn verbalizing_twice_changes_nothing(text in text(), language in any_language()) {
        let once = verbalize(&text, &language).into_owned();
        let twice = verbalize(&once, &language);
        prop_assert_eq!(&once, &twice);
    }

    #[test]
    fn no_ascii_digit_is_left(text in text(), tag in prop::sample::select(&TAGS[..])) {
        let found = verbalize(&text, &language(tag)).into_owned();
        prop_assert!(!found.contains(|c: char| c.is_ascii_digit()), "{text:?}: {found:?}");
    }

    #[test]
    fn text_without_figures_and_signs_stays(text in "[a-z ,;!?]{0,80}") {
        // No abbreviation of the list is made of these but `vs`.
        prop_assume!(!text.contains("vs"));
        let found = verbalize(&text, &Language::english());
        prop_assert!(matches!(found, Cow::Borrowed(_)), "{found}");
    }
}
