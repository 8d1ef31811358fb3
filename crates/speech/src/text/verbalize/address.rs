//! Addresses: mail, web and network addresses, names of files, paths, versions.

use super::grammar::Form;
use super::locale::Locale;
use super::number::number;
use super::scanner::Reading;
use super::site::{Site, digits, is_cjk};

/// Last parts of host names that are distinguished from a missing space after a full stop.
const TOP_DOMAINS: &str = " com org net edu gov io dev app ai co uk de fr es ru cn jp kr br eu info biz tv ca au nl pl cz ch \
    xyz site online cloud tech blog ";

/// Endings of file names.
const EXTENSIONS: &str = " toml json yaml yml txt md rst rs py js ts tsx jsx mjs html htm css scss c h cc cpp hpp cs go java \
    kt swift rb php sh bat ps1 exe dll zip tar gz tgz xz bz2 7z rar pdf doc docx odt xls xlsx ods ppt pptx csv tsv xml svg png \
    jpg jpeg gif webp bmp tiff ico mp3 mp4 wav flac ogg opus m4a aac avi mkv mov webm srt vtt log ini cfg conf lock sql db \
    sqlite ipynb tex bib env iso img deb rpm apk dmg jar wasm onnx safetensors gguf bin dat bak tmp proto avsc epub mobi ttf \
    woff woff2 parquet ";

/// The most parts of a version.
const MAX_VERSION_PARTS: usize = 6;

/// The address that begins at a place.
pub(super) fn read(site: &Site<'_>, locale: &Locale) -> Option<Reading> {
    let rest = site.rest();
    let first = *rest.as_bytes().first()?;
    let begins = first.is_ascii_alphanumeric() || matches!(first, b'/' | b'~' | b'.' | b'_');
    if !begins || site.previous().is_some_and(within) {
        return None;
    }
    let mut token = &rest[..rest.find(|c| !within(c)).unwrap_or(rest.len())];
    let scheme = token
        .split_once("://")
        .is_some_and(|(scheme, _)| is_scheme(scheme));
    if scheme || token.starts_with("www.") {
        token = &rest[..rest
            .find(|c| !within(c) && !matches!(c, ',' | ';' | '!' | '$' | '*'))
            .unwrap_or(rest.len())];
    }
    // A letter beyond ASCII goes on with the word: it is no address.
    let joined = token.ends_with(|c: char| c.is_ascii_alphanumeric());
    if joined && rest[token.len()..].starts_with(|c: char| c.is_alphanumeric() && !is_cjk(c)) {
        return None;
    }
    let token = token.trim_end_matches(['.', ':', '?', ',', ';', '!', '-', '&', '=']);
    // Every kind of address has one of these within.
    if !token
        .bytes()
        .any(|b| matches!(b, b'.' | b'@' | b'/' | b'\\' | b'_'))
    {
        return None;
    }
    let words = web(token, locale)
        .or_else(|| mail(token, locale))
        .or_else(|| network(token, locale))
        .or_else(|| version(site, token, locale))
        .or_else(|| file(token, locale))?;
    Some(Reading {
        end: site.at + token.len(),
        words,
    })
}

/// Whether a character may stand within an address.
fn within(c: char) -> bool {
    c.is_ascii_alphanumeric()
        || matches!(
            c,
            '.' | '_' | '~' | ':' | '/' | '?' | '#' | '@' | '&' | '+' | '=' | '%' | '-' | '\\'
        )
}

fn web(token: &str, locale: &Locale) -> Option<String> {
    let (scheme, host) = match token.split_once("://") {
        Some((scheme, host)) => (scheme, host),
        None => ("", token),
    };
    if !host.bytes().any(|b| b.is_ascii_alphanumeric()) || !scheme.is_empty() && !is_scheme(scheme)
    {
        return None;
    }
    let name = &host[..host.find(['/', '?', '#', ':']).unwrap_or(host.len())];
    if scheme.is_empty() && !(is_host(name) || host.starts_with("www.") && host.len() > 4) {
        return None;
    }
    // The scheme of the web is not spoken, and neither is a last slash.
    let spelled = match scheme {
        "" | "http" | "https" => host.trim_end_matches('/'),
        _ => token,
    };
    Some(spell(spelled, locale))
}

fn is_scheme(scheme: &str) -> bool {
    !scheme.is_empty()
        && scheme
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-'))
}

fn mail(token: &str, locale: &Locale) -> Option<String> {
    let bare = token.strip_prefix("mailto:").unwrap_or(token);
    let (local, host) = bare.split_once('@')?;
    let named = |part: &str| {
        !part.is_empty()
            && part
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-' | b'+' | b'%'))
    };
    (named(local) && named(host) && host.contains('.') && !host.contains(".."))
        .then(|| spell(bare, locale))
}

/// An address of four bytes, with a port or a prefix length.
fn network(token: &str, locale: &Locale) -> Option<String> {
    let end = token.find([':', '/']).unwrap_or(token.len());
    let mut parts = 0;
    for part in token[..end].split('.') {
        let byte = (part == "0" || !part.starts_with('0'))
            && !part.is_empty()
            && part.len() <= 3
            && part.bytes().all(|b| b.is_ascii_digit());
        if !byte || part.parse::<u16>().is_ok_and(|value| value > 255) {
            return None;
        }
        parts += 1;
    }
    let tail = token[end..].get(1..).unwrap_or_default();
    (parts == 4 && tail.bytes().all(|b| b.is_ascii_digit()) && tail.len() <= 5)
        .then(|| spell(token, locale))
}

/// A version of three numbers or more, or of two after `v` or the word.
fn version(site: &Site<'_>, token: &str, locale: &Locale) -> Option<String> {
    let (body, named) = match token.strip_prefix(['v', 'V']) {
        Some(body) => (body, true),
        None => (token, false),
    };
    let numbers = &body[..body
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(body.len())];
    let (numbers, tail) = (
        numbers.trim_end_matches('.'),
        &body[numbers.trim_end_matches('.').len()..],
    );
    let parts: Vec<&str> = numbers.split('.').take(MAX_VERSION_PARTS + 1).collect();
    if parts.len() > MAX_VERSION_PARTS || parts.iter().any(|part| part.is_empty() || part.len() > 8)
    {
        return None;
    }
    let grouped = number(numbers, locale, false)
        .is_some_and(|number| number.grouped && number.len == numbers.len());
    // `1.2.24` is a day where dates have dots, unless the word for a version stands before.
    let versioned = site
        .previous_word()
        .eq_ignore_ascii_case(locale.words.version);
    let dated = parts.len() == 3
        && tail.is_empty()
        && !versioned
        && !named
        && looks_like_a_date(&parts, locale.decimal == ',');
    let phone =
        parts.len() >= 4 && parts[0].starts_with('0') && parts.iter().all(|part| part.len() == 2)
            || parts.iter().map(|part| part.len()).eq([3, 3, 4]);
    let enough = parts.len() >= 3 && !grouped && !dated && !phone
        || parts.len() == 2 && (named || versioned);
    let release = tail.is_empty()
        || tail.starts_with(['-', '+']) && tail.len() > 1
        || tail.starts_with(|c: char| c.is_ascii_lowercase());
    if !enough || !release {
        return None;
    }
    let gap = locale.joiner;
    let figures: Vec<String> = parts.iter().map(|part| figures(part, locale)).collect();
    let mut words = figures.join(&format!("{gap}{}{gap}", locale.words.version_point));
    if named {
        words = format!("{}{gap}{words}", locale.words.version);
    }
    if !tail.is_empty() {
        words.push(' ');
        words += &spell(tail.trim_start_matches(['-', '+']), locale);
    }
    Some(words)
}

fn looks_like_a_date(parts: &[&str], dotted: bool) -> bool {
    let fits = |part: &str, most: u32| {
        part.len() <= 2 && part.parse().is_ok_and(|n: u32| (1..=most).contains(&n))
    };
    fits(parts[0], 31)
        && fits(parts[1], 12)
        && (parts[2].len() == 4 || parts[2].len() == 2 && (dotted || parts[0].len() == 2))
        || parts[0].len() == 4 && fits(parts[1], 12) && fits(parts[2], 31)
}

/// The name of a file, a path or a host.
fn file(token: &str, locale: &Locale) -> Option<String> {
    let drive =
        token.as_bytes().get(1..3) == Some(br":\") && token.as_bytes()[0].is_ascii_alphabetic();
    let rooted = token.starts_with("~/") || token.starts_with("./") || token.starts_with("../");
    let absolute = token.len() > 1
        && token.starts_with('/')
        && token[1..].starts_with(|c: char| c.is_ascii_alphanumeric() || c == '.');
    let token = match token.strip_suffix('/') {
        // The name of a folder: `node_modules/`.
        Some(folder) if folder.contains('_') && !folder.contains('/') => folder,
        _ => token,
    };
    let name = token.rsplit(['/', '\\']).next().unwrap_or(token);
    let hidden = token.len() > 2
        && token.starts_with('.')
        && token[1..].bytes().all(|b| b.is_ascii_lowercase());
    let clean = token
        .bytes()
        .all(|b| !matches!(b, b'?' | b'@' | b'=' | b'%'));
    let snake = token.contains('_')
        && token
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'_')
        && token
            .split('_')
            .all(|part| part.bytes().any(|b| b.is_ascii_alphanumeric()));
    let known = (drive || rooted || absolute || hidden || has_extension(name)) && clean;
    (known || snake).then(|| spell(token, locale))
}

fn has_extension(name: &str) -> bool {
    name.rsplit_once('.').is_some_and(|(stem, extension)| {
        stem.ends_with(|c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-')
            && listed(EXTENSIONS, extension)
            // `d.h.` is an abbreviation.
            && stem.len() + extension.len() > 2
            && stem.bytes().any(|b| b.is_ascii_alphabetic() || b == b'_')
    })
}

fn is_host(name: &str) -> bool {
    let parts = || name.split('.');
    let labels = parts().all(|part| {
        !part.is_empty()
            && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
            && !part.starts_with('-')
    });
    name.contains('.')
        && labels
        && name
            .rsplit('.')
            .next()
            .is_some_and(|last| listed(TOP_DOMAINS, last))
        && name.split('.').next().is_some_and(|first| first.len() > 1)
        && name.bytes().any(|b| b.is_ascii_alphabetic())
}

fn listed(list: &str, word: &str) -> bool {
    word.len() <= 12 && !word.is_empty() && list.split_ascii_whitespace().any(|known| known == word)
}

/// An address with its marks as words.
fn spell(address: &str, locale: &Locale) -> String {
    let words = locale.words;
    let mut parts: Vec<String> = Vec::new();
    let mut rest = address;
    while let Some(c) = rest.chars().next() {
        let taken = match c {
            '0'..='9' => digits(rest),
            c if c.is_alphabetic() => rest
                .find(|c: char| !c.is_alphabetic())
                .unwrap_or(rest.len()),
            c => c.len_utf8(),
        };
        let name = match c {
            '0'..='9' => figures(&rest[..taken], locale),
            c if c.is_alphabetic() => rest[..taken].to_owned(),
            '.' => words.dot.into(),
            '@' => words.at.into(),
            '/' => words.slash.into(),
            '\\' => words.backslash.into(),
            '-' => words.dash.into(),
            '_' => words.underscore.into(),
            ':' => words.colon.into(),
            '?' => words.question.into(),
            '#' => words.hash.into(),
            '~' => words.tilde.into(),
            '%' => words.percent.into(),
            '=' => words.equals.into(),
            '&' => words.and.into(),
            '+' => words.plus.into(),
            _ => String::new(),
        };
        if !name.is_empty() {
            parts.push(name);
        }
        rest = &rest[taken..];
    }
    parts.join(" ")
}

/// A number within an address: as such where it is short, else digit by digit.
pub(super) fn figures(digits: &str, locale: &Locale) -> String {
    let short = digits.len() <= 4 && (digits == "0" || !digits.starts_with('0'));
    match digits.parse() {
        Ok(n) if short => locale.grammar.cardinal(n, Form::PLAIN),
        _ => locale.grammar.digits(digits, locale),
    }
}
