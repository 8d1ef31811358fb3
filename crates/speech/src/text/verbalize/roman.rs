//! Roman numerals after names, and in centuries.

use super::grammar::Form;
use super::locale::Locale;
use super::scanner::Reading;
use super::site::{
    Site, ahead, capitalized, ends, first_word, is_cjk, is_dash, is_space, last_word, next_word,
};

/// The most letters of a numeral: MMMDCCCLXXXVIII.
const MAX_LETTERS: usize = 15;

/// The fewest letters of a numeral that no other word has.
const MIN_SURE_LETTERS: usize = 3;

/// Names of rulers, in the languages that are written out.
const RULERS: &str = " Louis Henry Charles George Elizabeth Edward Richard James William Mary Philip Ferdinand Frederick Wilhelm \
    Friedrich Nicholas Alexander Peter Catherine Ivan Napoleon Ramses Ramesses Otto Henri François Francis Felipe Carlos Alfonso Juan Pedro João \
    Afonso Manuel Umberto Vittorio Emanuele Gustav Carl Christian Haakon Olav Harald Margrethe Ludwig Maximilian Leopold Joseph \
    Josef Franz Karl Heinrich Konrad Rudolf Albert Sixtus Innocent Clement Paul Urban Boniface Julius Constantine Theodosius \
    Justinian Darius Xerxes Artaxerxes Ptolemy Cleopatra Amenhotep Thutmose Seti Mehmed Selim Murad Suleiman Pius Benedict Leo \
    Gregory Adrian Hadrian Elisabeth Katharina Nikolaus Georg Johannes Peter Philipp Jakob Friedrich Luis Enrique Isabel Fernando \
    Jaime Felipe Pablo Benedicto León Gregorio Pío Sixto Clemente Inocencio Urbano Guillermo Jorge Eduardo Ricardo Jacobo \
    Napoleón Nicolás Alejandro Catalina Francisco Leopoldo Luigi Enrico Carlo Giorgio Elisabetta Edoardo Riccardo Giacomo \
    Guglielmo Filippo Ferdinando Federico Napoleone Nicola Alessandro Pietro Caterina Francesco Benedetto Leone Pio Sisto \
    Clemente Innocenzo Paolo Bonifacio Luís Henrique Filipe Jorge Duarte Sebastião Dinis Sancho Bento Leão Paulo Élisabeth Édouard \
    Guillaume Jacques Philippe Frédéric Napoléon Nicolas Alexandre Pierre Catherine Benoît Léon Grégoire Pie Clément Jean \
    Baudouin Léopold Людовик Людовика Людовику Людовиком Генрих Генриха Карл Карла Карлу Карлом Георг Георга Елизавета Елизаветы Елизавете Эдуард Эдуарда \
    Ричард Ричарда Яков Якова Вильгельм Вильгельма Филипп Филиппа Фридрих Фридриха Николай Николая Николаю Николаем Александр Александра \
    Александру Александром Пётр Петр Петра Петру Петром Екатерина Екатерины Екатерине Екатериной Иван Ивана Ивану Иваном Павел Павла Павлу Павлом \
    Наполеон Наполеона Наполеоном Рамсес Рамсеса Бенедикт Бенедикта Иоанн Иоанна Густав Густава Франц Франца Иосиф Иосифа \
    John Victor Stephen Giovanni Benedikt Wilhelmina ";

/// The Roman numeral that begins at a place, where the words around show that it is one.
pub(super) fn read(site: &Site<'_>, locale: &Locale) -> Option<Reading> {
    let rest = site.rest();
    if let Some(reading) = east_asian(site, locale) {
        return Some(reading);
    }
    if !rest.starts_with(['I', 'V', 'X', 'L', 'C', 'D', 'M'])
        || site
            .previous()
            .is_some_and(|c| c.is_alphanumeric() || matches!(c, '.' | '\'' | '’' | '&'))
    {
        return None;
    }
    let word = first_word(rest);
    let numeral = &word[..word.bytes().take_while(|b| b"IVXLCDM".contains(b)).count()];
    let n = value(numeral)?;
    let mut len = word.len();
    let suffix = &word[numeral.len()..];
    let ending = locale
        .ordinals
        .iter()
        .find(|(ending, _)| !suffix.is_empty() && *ending == suffix);
    let possessive = |tail: &str| {
        tail.strip_prefix(['\'', '’'])
            .is_some_and(|tail| first_word(tail) == "s")
    };
    let joined = rest[len..].starts_with(['&', '\'', '’', '@']) && !possessive(&rest[len..]);
    if !suffix.is_empty() && ending.is_none() || !ends(&rest[len..]) || joined {
        return None;
    }
    let before = site.before();
    let spaced = before.ends_with(is_space);
    let mut previous = if spaced { site.previous_word() } else { "" };
    // `siglos XIX y XX`: the word before the first numeral counts.
    if previous == locale.words.and {
        let head = before
            .trim_end_matches(is_space)
            .trim_end_matches(previous)
            .trim_end_matches(is_space);
        let first = last_word(head);
        if value(first).is_some() {
            previous = last_word(head.trim_end_matches(first).trim_end_matches(is_space));
        }
    }
    let mut tail = &rest[len..];
    // German and others write the ordinal with a dot; it may be that of the sentence.
    let dot = locale.grammar.dotted_ordinal(2, "der", " Tag").is_some() && tail.starts_with('.');
    if dot
        && let Some(words) = locale
            .grammar
            .dotted_ordinal(n, previous, ahead(&tail[1..]))
        && !is_ruler(previous)
    {
        return Some(Reading {
            end: site.at + len + 1,
            words,
        });
    }
    let genitive = previous.strip_suffix('s').is_some_and(is_ruler);
    if dot
        && !tail[1..].trim_start().is_empty()
        && (genitive || !capitalized(next_word(&tail[1..])))
    {
        len += 1;
        tail = &tail[1..];
    }
    let next = next_word(tail);
    let reading = |words: String| {
        Some(Reading {
            end: site.at + len,
            words,
        })
    };
    if let Some((high, taken)) = range_end(tail) {
        let after = &tail[taken..];
        let next = next_word(after);
        if locale.centuries.contains(&next) || locale.centuries.contains(&previous) {
            let (low, high) = (
                locale.grammar.century(n, ""),
                locale.grammar.century(high, ""),
            );
            return Some(Reading {
                end: site.at + len + taken,
                words: locale.grammar.name_range(&low, &high, locale),
            });
        }
    }
    if let Some(words) = locale.grammar.roman_before(n, next) {
        return reading(words);
    }
    // Russian `XX в.`
    let noun = tail.trim_start_matches(is_space);
    if let Some(after) = noun.strip_prefix("в.")
        && let Some(words) = locale.grammar.century_with_noun(n, previous)
    {
        let last = after.trim_start().is_empty() || capitalized(next_word(after));
        let end = site.at + rest.len() - after.len() - usize::from(last);
        return Some(Reading { end, words });
    }
    // `XVIII и XIX века`.
    if next == locale.words.and
        && let Some(after) = noun_after_second(tail, next)
        && locale.centuries.contains(&after)
    {
        return reading(locale.grammar.century(n, after));
    }
    if locale.centuries.contains(&next) || locale.centuries.contains(&previous) {
        return reading(locale.grammar.century(n, next));
    }
    if ending
        .is_some_and(|_| !capitalized(previous) && numeral.bytes().all(|b| b"IVX".contains(&b)))
    {
        return reading(
            locale
                .grammar
                .ordinal(n, ending.map_or(Form::PLAIN, |(_, form)| *form)),
        );
    }
    let small = previous.to_lowercase();
    // `Appendix C` has a letter.
    let letter = matches!(numeral, "L" | "C" | "D" | "M");
    let section = !previous.is_empty() && !letter && locale.sections.contains(&small.as_str());
    let pronoun = numeral == "I" && locale.decimal == '.' && locale.joiner == " ";
    if section && (!pronoun || capitalized(previous)) {
        return reading(locale.grammar.cardinal(n, Form::PLAIN));
    }
    if !capitalized(previous) || previous.chars().count() < 2 {
        return None;
    }
    let title = last_word(
        before
            .trim_end_matches(is_space)
            .trim_end_matches(previous)
            .trim_end_matches(is_space),
    );
    let titled = locale.titles.contains(&title);
    let ruler = titled || is_ruler(previous) || previous.strip_suffix('s').is_some_and(is_ruler);
    if ruler {
        let plain = titled
            || tail.chars().next().is_none_or(|c| !c.is_whitespace())
            || matches!(next, "of" | "and" | "or" | "");
        if pronoun && !plain {
            return None;
        }
        return reading(locale.grammar.regnal(previous, n));
    }
    let sure = numeral.len() >= 2 && numeral.bytes().all(|b| b"IVX".contains(&b));
    let all_capitals = previous.chars().all(char::is_uppercase);
    if !sure || all_capitals && previous.chars().count() > 5 {
        return None;
    }
    reading(locale.grammar.cardinal(n, Form::PLAIN))
}

/// The word after `and` and a second numeral.
fn noun_after_second<'t>(tail: &'t str, and: &str) -> Option<&'t str> {
    let after = tail
        .trim_start_matches(is_space)
        .strip_prefix(and)?
        .trim_start_matches(is_space);
    let second = first_word(after);
    value(second)?;
    Some(next_word(&after[second.len()..]))
}

/// A numeral among Chinese, Japanese or Korean letters: `第III章`, `ルイXVI世`.
fn east_asian(site: &Site<'_>, locale: &Locale) -> Option<Reading> {
    if !locale.per_first {
        return None;
    }
    let rest = site.rest();
    let len = rest.bytes().take_while(|b| b"IVX".contains(b)).count();
    let n = value(&rest[..len])?;
    let tail = &rest[len..];
    let before = site.previous().filter(|c| !is_space(*c));
    let counted = before.is_some_and(|c| matches!(c, '第' | '제'));
    let ruler = tail.starts_with(['世', '세']);
    // A longer numeral is sure after a name.
    let named = len >= MIN_SURE_LETTERS && last_word(site.before().trim_end()).ends_with(is_cjk);
    let joined = before.is_some_and(|c| !is_cjk(c) && c.is_alphanumeric()) || !ends(tail);
    (!joined && (counted || ruler && len > 1 || named)).then(|| Reading {
        end: site.at + len,
        words: locale.grammar.cardinal(n, Form::PLAIN),
    })
}

fn is_ruler(name: &str) -> bool {
    RULERS.split_ascii_whitespace().any(|ruler| ruler == name)
}

/// The second numeral of a range of two, and how many bytes it takes with the dash.
fn range_end(tail: &str) -> Option<(u64, usize)> {
    let dash = tail.chars().next().filter(|c| is_dash(*c))?;
    let word = first_word(&tail[dash.len_utf8()..]);
    let n = value(word)?;
    let len = dash.len_utf8() + word.len();
    ends(&tail[len..]).then_some((n, len))
}

/// The value of a numeral in its usual form, none of any other.
fn value(numeral: &str) -> Option<u64> {
    const PARTS: [(&str, u64); 13] = [
        ("M", 1000),
        ("CM", 900),
        ("D", 500),
        ("CD", 400),
        ("C", 100),
        ("XC", 90),
        ("L", 50),
        ("XL", 40),
        ("X", 10),
        ("IX", 9),
        ("V", 5),
        ("IV", 4),
        ("I", 1),
    ];
    if numeral.is_empty() || numeral.len() > MAX_LETTERS {
        return None;
    }
    let (mut rest, mut n) = (numeral, 0);
    for (sign, value) in PARTS {
        let repeats = if matches!(value, 1 | 10 | 100 | 1000) {
            3
        } else {
            1
        };
        for _ in 0..repeats {
            let Some(tail) = rest.strip_prefix(sign) else {
                break;
            };
            rest = tail;
            n += value;
        }
    }
    rest.is_empty().then_some(n)
}
