//! Codes of digits and mixed fractions, by properties that hold for all of them.

use mynah_speech::Language;
use mynah_speech::text::verbalize;

fn language(tag: &str) -> Language {
    tag.parse().expect("a tag")
}

#[test]
fn american_postal_codes_are_read_by_digit() {
    let english = language("en");
    for state in ["AK", "CA", "DC", "ID", "IN", "ME", "NY", "OR", "TX", "WY"] {
        for code in ["02139", "10001", "20500", "62704", "78701", "90210"] {
            for comma in ["", ","] {
                let found = verbalize(&format!("in Springfield{comma} {state} {code}."), &english)
                    .into_owned();
                let digits = found
                    .split_once(&format!("{state} "))
                    .expect("the state")
                    .1
                    .trim_end_matches('.');
                assert_eq!(digits.split(' ').count(), code.len(), "{found}");
            }
        }
    }
}

#[test]
fn quantities_of_five_digits_are_no_codes() {
    for (tag, text, word) in [
        ("en", "about 90210 people", "thousand"),
        ("en", "Of these, 20500 were sold.", "thousand"),
        ("de", "Im Jahr 5, 10115 Menschen", "tausend"),
        ("de", "Es waren 10115 Menschen", "tausend"),
        ("es", "en total, 28013 personas", "mil"),
        ("it", "in tutto, 20121 persone", "mila"),
        ("pt", "ao todo, 20121 pessoas", "mil"),
        ("fr", "au total, 75002 Parisiens", "mille"),
        ("ru", "всего, 150000 человек", "тысяч"),
        ("ko", "모두 10000명", "만"),
    ] {
        // A house number before the comma is what makes a postal code of it.
        let text = text.replace("5, 10115", "2005, 10115");
        let found = verbalize(&text, &language(tag)).into_owned();
        assert!(found.contains(word), "{tag} {text}: {found}");
    }
}

/// The unit follows the fraction or stands within it, and no sign is left.
#[test]
fn mixed_fractions_have_their_unit_in_every_language() {
    for (tag, units) in [
        ("en", ["hour", "kilogram", "liter"]),
        ("de", ["Stunde", "Kilogramm", "Liter"]),
        ("es", ["hora", "kilogramo", "litro"]),
        ("fr", ["heure", "kilogramme", "litre"]),
        ("it", ["or", "chilogramm", "litr"]),
        ("pt", ["hora", "quilograma", "litro"]),
        ("ru", ["час", "килограмм", "литр"]),
        ("zh", ["时", "公斤", "升"]),
        ("ja", ["時間", "キログラム", "リットル"]),
        ("ko", ["시간", "킬로그램", "리터"]),
    ] {
        let language = language(tag);
        for (sign, unit) in ["h", "kg", "l"].iter().zip(units) {
            for fraction in ["½", "¼", "¾", " 1/2"] {
                for whole in 1..=21 {
                    let text = format!("{whole}{fraction} {sign}");
                    let found = verbalize(&text, &language).into_owned();
                    assert!(found.contains(unit), "{tag} {text}: {found}");
                    let signs = |c: char| c.is_ascii_digit() || "½¼¾/".contains(c);
                    assert!(!found.contains(signs), "{tag} {text}: {found}");
                }
            }
        }
    }
}
