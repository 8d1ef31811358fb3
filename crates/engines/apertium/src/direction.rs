//! What a mode's name says: `eng-spa` is from English into Spanish.

use mynah_speech::Language;

/// ISO 639-3 codes that Apertium's packages use, and BCP-47's shorter ones.
const SHORT: [(&str, &str); 44] = [
    ("afr", "af"),
    ("ara", "ar"),
    ("arg", "an"),
    ("bel", "be"),
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
    ("sme", "se"),
    ("slv", "sl"),
    ("spa", "es"),
    ("srd", "sc"),
    ("swe", "sv"),
    ("tat", "tt"),
    ("tur", "tr"),
    ("ukr", "uk"),
    ("urd", "ur"),
];

/// Source and target of a mode; none for a name that is no pair of languages, such as a mode that
/// only analyses, or a variety that BCP-47 has no region for.
pub(crate) fn of_mode(name: &str) -> Option<(Language, Language)> {
    let (source, target) = name.split_once('-')?;
    Some((language(source)?, language(target)?))
}

fn language(code: &str) -> Option<Language> {
    let (code, region) = match code.split_once('_') {
        Some((code, region)) if region.len() == 2 => (code, Some(region)),
        Some(_) => return None,
        None => (code, None),
    };
    let code = SHORT
        .iter()
        .find(|(long, _)| *long == code)
        .map_or(code, |(_, short)| short);
    match region {
        Some(region) => format!("{code}-{region}").parse().ok(),
        None => code.parse().ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_pairs_of_languages() {
        let pair = |name| of_mode(name).map(|(a, b)| format!("{a} {b}"));
        assert_eq!(pair("eng-spa").as_deref(), Some("en es"));
        assert_eq!(pair("spa-eng_US").as_deref(), Some("es en-US"));
        assert_eq!(pair("en-gl").as_deref(), Some("en gl"));
        for no_pair in ["eng", "spa-cat_valencia", "eng-spa-tagger", "eng-morph_x"] {
            assert_eq!(pair(no_pair), None, "{no_pair}");
        }
    }
}
