//! The languages of Apertium's modes, which carry ISO 639-3 names.

use mynah_speech::Language;

/// ISO 639-3 to 639-1, for the languages of the pairs in Debian.
const SHORT: [(&str, &str); 47] = [
    ("afr", "af"),
    ("ara", "ar"),
    ("arg", "an"),
    ("bel", "be"),
    ("bos", "bs"),
    ("bre", "br"),
    ("bul", "bg"),
    ("cat", "ca"),
    ("cym", "cy"),
    ("dan", "da"),
    ("deu", "de"),
    ("ell", "el"),
    ("eng", "en"),
    ("epo", "eo"),
    ("eus", "eu"),
    ("fra", "fr"),
    ("gle", "ga"),
    ("glg", "gl"),
    ("hbs", "sh"),
    ("hin", "hi"),
    ("hrv", "hr"),
    ("ind", "id"),
    ("isl", "is"),
    ("ita", "it"),
    ("kaz", "kk"),
    ("mkd", "mk"),
    ("mlt", "mt"),
    ("msa", "ms"),
    ("nld", "nl"),
    ("nno", "nn"),
    ("nob", "nb"),
    ("nor", "no"),
    ("oci", "oc"),
    ("pol", "pl"),
    ("por", "pt"),
    ("ron", "ro"),
    ("rus", "ru"),
    ("slv", "sl"),
    ("sme", "se"),
    ("spa", "es"),
    ("srd", "sc"),
    ("srp", "sr"),
    ("swe", "sv"),
    ("tat", "tt"),
    ("tur", "tr"),
    ("ukr", "uk"),
    ("urd", "ur"),
];

/// The language of one half of a mode's name: `eng`, `eng_US`, `cat_valencia`, `en`.
pub(crate) fn language(name: &str) -> Option<Language> {
    let (code, variant) = name.split_once('_').unwrap_or((name, ""));
    let code = SHORT
        .iter()
        .find(|(long, _)| *long == code)
        .map_or(code, |(_, short)| short);
    let tag = if variant.is_empty() {
        code.to_owned()
    } else {
        format!("{code}-{variant}")
    };
    tag.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_tags() {
        for (name, tag) in [
            ("eng", Some("en")),
            ("spa", Some("es")),
            ("eng_US", Some("en-US")),
            ("cat_valencia", Some("ca-valencia")),
            ("ast", Some("ast")),
            ("gl", Some("gl")),
            ("por_PTpre1990", None),
            ("", None),
        ] {
            assert_eq!(
                language(name).map(String::from),
                tag.map(str::to_owned),
                "{name}"
            );
        }
    }
}
