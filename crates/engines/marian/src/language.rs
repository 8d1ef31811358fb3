//! Languages by the names that models have for them.

use std::path::Path;

use mynah_speech::Language;
use serde::Deserialize;

use crate::config::json;
use crate::tokenizer::is_code;

/// ISO 639-3 to 639-1, for the languages that released models name by three letters.
const SHORT: &[(&str, &str)] = &[
    ("afr", "af"),
    ("ara", "ar"),
    ("arb", "ar"),
    ("bel", "be"),
    ("ben", "bn"),
    ("bul", "bg"),
    ("cat", "ca"),
    ("ces", "cs"),
    ("cmn", "zh"),
    ("cym", "cy"),
    ("dan", "da"),
    ("deu", "de"),
    ("ell", "el"),
    ("eng", "en"),
    ("epo", "eo"),
    ("est", "et"),
    ("eus", "eu"),
    ("fas", "fa"),
    ("fin", "fi"),
    ("fra", "fr"),
    ("gle", "ga"),
    ("glg", "gl"),
    ("heb", "he"),
    ("hin", "hi"),
    ("hrv", "hr"),
    ("hun", "hu"),
    ("hye", "hy"),
    ("ind", "id"),
    ("isl", "is"),
    ("ita", "it"),
    ("jpn", "ja"),
    ("kat", "ka"),
    ("kor", "ko"),
    ("lav", "lv"),
    ("lit", "lt"),
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
    ("slk", "sk"),
    ("slv", "sl"),
    ("spa", "es"),
    ("sqi", "sq"),
    ("srp", "sr"),
    ("swe", "sv"),
    ("tam", "ta"),
    ("tel", "te"),
    ("tgl", "tl"),
    ("tha", "th"),
    ("tur", "tr"),
    ("ukr", "uk"),
    ("urd", "ur"),
    ("vie", "vi"),
    ("zho", "zh"),
];

/// Families of languages, which models are named after (ISO 639-5).
const GROUPS: &[&str] = &[
    "aav", "afa", "alv", "art", "bat", "bnt", "cau", "ccs", "cel", "cpf", "cpp", "dra", "euq",
    "fiu", "gem", "gmq", "gmw", "grk", "iir", "inc", "ine", "itc", "mkh", "mul", "nic", "phi",
    "poz", "roa", "sal", "sem", "sla", "tai", "trk", "urj", "zle", "zls", "zlw",
];

/// The language of `spa`, `es`, `pt_BR`, `cmn_Hans`. None of a family or of no language.
pub(crate) fn language(name: &str) -> Option<Language> {
    let (code, variant) = name.split_once(['_', '-']).unwrap_or((name, ""));
    if GROUPS.contains(&code) {
        return None;
    }
    let short = SHORT
        .iter()
        .find(|(long, _)| *long == code)
        .map_or(code, |(_, short)| short);
    if variant.is_empty() {
        return short.parse().ok();
    }
    // A variant that is no tag's part still leaves its language.
    format!("{short}-{variant}")
        .parse()
        .or_else(|_| short.parse())
        .ok()
}

/// One way through a model: from, to, and the token that selects it where there are several.
pub(crate) type Direction = (Language, Language, Option<String>);

#[derive(Default, Deserialize)]
#[serde(default)]
struct TokenizerFile {
    source_lang: Option<String>,
    target_lang: Option<String>,
}

/// The directions of a model, by its vocabulary's language codes, its tokenizer's settings, and its
/// folder's name, whose last two parts are `en-es`, `es+it-en`. Empty where nothing shows it.
pub(crate) fn directions(folder: &Path, tokens: &[String]) -> Vec<Direction> {
    let settings: TokenizerFile = json(&folder.join("tokenizer_config.json")).unwrap_or_default();
    let name = folder
        .file_name()
        .and_then(|name| name.to_str())
        .unwrap_or_default();
    let mut parts = name.rsplit('-');
    let (target, source) = (
        parts.next().unwrap_or_default(),
        parts.next().unwrap_or_default(),
    );
    let languages = |named: Option<&str>, part: &str| -> Vec<Language> {
        // The folder's name is chosen by its owner, and can name more than one language.
        let by_name: Vec<_> = part.split('+').filter_map(language).collect();
        if by_name.is_empty() {
            named.and_then(language).into_iter().collect()
        } else {
            by_name
        }
    };
    let sources = languages(settings.source_lang.as_deref(), source);
    let mut targets: Vec<(Language, Option<String>)> = Vec::new();
    let mut codes: Vec<&String> = tokens.iter().filter(|token| is_code(token)).collect();
    // The shorter code first: `>>spa<<` and not one of its dialects is Spanish.
    codes.sort_by_key(|code| (code.len(), *code));
    for code in codes {
        let inner = &code[2..code.len() - 2];
        if let Some(to) = language(inner).filter(|to| targets.iter().all(|(known, _)| known != to))
        {
            targets.push((to, Some(code.clone())));
        }
    }
    if targets.is_empty() {
        let to = languages(settings.target_lang.as_deref(), target);
        targets = to.into_iter().map(|to| (to, None)).collect();
    }
    let mut found = Vec::new();
    for from in &sources {
        for (to, code) in &targets {
            if from.primary() != to.primary() {
                found.push((from.clone(), to.clone(), code.clone()));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_languages() {
        let of = |name: &str| language(name).map(String::from);
        for (name, tag) in [
            ("es", "es"),
            ("spa", "es"),
            ("pt_BR", "pt-BR"),
            ("cmn_Hans", "zh-Hans"),
        ] {
            assert_eq!(of(name).as_deref(), Some(tag));
        }
        assert_eq!(of("por_BR").as_deref(), Some("pt-BR"));
        for none in ["ROMANCE", "mul", "roa", ""] {
            assert_eq!(of(none), None, "{none}");
        }
    }

    #[test]
    fn directions_come_from_codes_and_names() {
        let of = |name: &str, tokens: &[&str]| {
            let tokens: Vec<_> = tokens.iter().map(|token| (*token).to_owned()).collect();
            let found = directions(Path::new(name), &tokens).into_iter();
            found
                .map(|(from, to, code)| format!("{from}→{to} {}", code.unwrap_or_default()))
                .collect::<Vec<_>>()
        };
        assert_eq!(of("opus-mt-en-es", &["a"]), ["en→es "]);
        assert_eq!(of("opus-mt-tc-big-en-deu", &[]), ["en→de "]);
        assert_eq!(of("opus-mt-es+it-en", &[]), ["es→en ", "it→en "]);
        assert_eq!(
            of("opus-mt-en-ROMANCE", &["x", ">>fra<<", ">>spa<<", ">>es<<"]),
            ["en→es >>es<<", "en→fr >>fra<<"]
        );
        assert!(of("opus-mt-ROMANCE-en", &[]).is_empty());
        assert!(of("models", &[]).is_empty());
    }
}
