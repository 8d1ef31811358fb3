//! Classes of characters that the rules speak of.

/// A mark that closes what a sentence holds, where it follows the sentence's stop: closing
/// quotes and brackets, quotes that some language closes with, and marks of emphasis.
pub(super) const fn closes(c: char) -> bool {
    quote_closes(c)
        || bracket_opening(c).is_some()
        || matches!(c, '>' | '*' | '_' | '~' | '\u{FE0F}' | '\u{200D}')
        || pictograph(c)
}

/// A quotation mark that closes in some language.
pub(super) const fn quote_closes(c: char) -> bool {
    matches!(
        c,
        '"' | '\''
            | '”'
            | '’'
            | '“'
            | '‘'
            | '»'
            | '›'
            | '«'
            | '‹'
            | '」'
            | '』'
            | '＂'
            | '〞'
            | '〟'
    )
}

/// The opening bracket of a closing one.
pub(super) const fn bracket_opening(c: char) -> Option<char> {
    Some(match c {
        ')' => '(',
        ']' => '[',
        '}' => '{',
        '）' => '（',
        '］' => '［',
        '】' => '【',
        '》' => '《',
        '〉' => '〈',
        '〕' => '〔',
        _ => return None,
    })
}

/// A mark that may stand before the first letter of a sentence.
pub(super) const fn opens(c: char) -> bool {
    bracket_opens(c)
        || dash(c)
        || matches!(
            c,
            '"' | '\'' | '“' | '‘' | '”' | '’' | '„' | '‚' | '«' | '‹' | '»' | '›'
        )
        || matches!(
            c,
            '「' | '『' | '¿' | '¡' | '*' | '_' | '#' | '•' | '…' | '.'
        )
}

/// An opening bracket.
pub(super) const fn bracket_opens(c: char) -> bool {
    matches!(c, '(' | '[' | '{' | '（' | '［' | '【' | '《' | '〈' | '〔')
}

/// A dash, and the hyphen that stands for one.
pub(super) const fn dash(c: char) -> bool {
    matches!(c, '-' | '‐' | '–' | '—' | '―' | '⸺')
}

/// A stop of the Latin, Greek and Cyrillic scripts. It ends a sentence only before white space:
/// within `example.com/?q=A` it does not.
pub(super) const fn narrow_stop(c: char) -> bool {
    matches!(
        c,
        '.' | '?' | '!' | '…' | '‼' | '⁇' | '⁈' | '⁉' | '‽' | ';' | '\u{37E}'
    )
}

/// A stop of the scripts whose full stop means nothing else.
pub(super) const fn wide_stop(c: char) -> bool {
    matches!(
        c,
        '。' | '！'
            | '？'
            | '．'
            | '｡'
            | '؟'
            | '۔'
            | '।'
            | '॥'
            | '։'
            | '።'
            | '፧'
            | '፨'
            | '။'
            | '។'
            | '៕'
            | '།'
    )
}

/// Han and kana, which are written without spaces.
pub(crate) const fn han_or_kana(c: char) -> bool {
    matches!(c,
        '\u{3005}'..='\u{3007}' | '\u{3040}'..='\u{30FF}' | '\u{31F0}'..='\u{31FF}'
        | '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}'
        | '\u{FF66}'..='\u{FF9D}' | '\u{20000}'..='\u{323AF}')
}

/// Hangul syllables.
pub(super) const fn hangul(c: char) -> bool {
    matches!(c, '\u{AC00}'..='\u{D7A3}' | '\u{1100}'..='\u{11FF}' | '\u{3131}'..='\u{318E}')
}

/// Thai, Lao, Burmese and Khmer, whose spaces part phrases and not words.
pub(super) const fn phrase_spaced(c: char) -> bool {
    matches!(c, '\u{E00}'..='\u{EFF}' | '\u{1000}'..='\u{109F}' | '\u{1780}'..='\u{17FF}')
}

/// A small letter of a script that begins its sentences with capitals. Georgian has capitals,
/// but writes none there.
pub(super) fn small(c: char) -> bool {
    c.is_lowercase() && !matches!(c, '\u{10D0}'..='\u{10FF}')
}

/// Emoji that comment on what is written, near enough. Check marks and arrows are not among them.
pub(super) const fn pictograph(c: char) -> bool {
    matches!(c,
        '\u{2639}' | '\u{263A}' | '\u{2665}' | '\u{2728}' | '\u{2764}'
        | '\u{1F1E6}'..='\u{1F1FF}' | '\u{1F300}'..='\u{1FAFF}')
}
