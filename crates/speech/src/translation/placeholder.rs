//! What stands for a literal while an engine translates the words around it.

use std::ops::Range;

use super::literal::Literal;

/// What placeholders look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PlaceholderStyle {
    /// Numbers of five digits: engines that translate by rules or by learning copy numbers.
    Number,
    /// Words that no language has.
    Word,
}

/// The styles, in the order in which they are tried.
pub(super) const STYLES: [PlaceholderStyle; 2] = [PlaceholderStyle::Number, PlaceholderStyle::Word];

/// The first placeholder that is a number.
const FIRST_NUMBER: usize = 70_301;

/// A text whose literals are replaced by placeholders.
pub(super) struct Placeholders<'a> {
    text: String,
    /// Each placeholder and what it stands for, in order.
    pairs: Vec<(String, &'a str)>,
}

impl<'a> Placeholders<'a> {
    pub(super) fn new(text: &'a str, literals: &[Literal], style: PlaceholderStyle) -> Self {
        let mut free = (0..).map(|number| style.placeholder(number));
        let mut replaced = String::with_capacity(text.len());
        let mut pairs = Vec::with_capacity(literals.len());
        let mut place = 0;
        for literal in literals {
            // The text may hold anything, a placeholder too.
            let placeholder = free.by_ref().find(|own| !text.contains(own.as_str()));
            let placeholder = placeholder.unwrap_or_default();
            replaced += &text[place..literal.range.start];
            replaced += &placeholder;
            pairs.push((placeholder, &text[literal.range.clone()]));
            place = literal.range.end;
        }
        replaced += &text[place..];
        Self {
            text: replaced,
            pairs,
        }
    }

    /// What the engine is to translate.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// The translation with its literals; none where the engine has lost, changed or repeated a
    /// placeholder.
    pub(super) fn put_back(&self, translation: &str) -> Option<String> {
        let mut found: Vec<(Range<usize>, &str)> = Vec::with_capacity(self.pairs.len());
        for (placeholder, literal) in &self.pairs {
            let mut places = translation.match_indices(placeholder.as_str());
            let (start, _) = places.next()?;
            let end = start + placeholder.len();
            let joined = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
            let before = translation[..start].chars().next_back();
            let after = translation[end..].chars().next();
            if places.next().is_some() || joined(before) || joined(after) {
                return None;
            }
            found.push((start..end, literal));
        }
        found.sort_by_key(|(range, _)| range.start);
        let mut whole = String::with_capacity(translation.len());
        let mut place = 0;
        for (range, literal) in found {
            whole += &translation[place..range.start];
            whole += literal;
            place = range.end;
        }
        Some(whole + &translation[place..])
    }
}

impl PlaceholderStyle {
    /// Placeholder of a number, all of the same length below a thousand.
    fn placeholder(self, number: usize) -> String {
        match self {
            Self::Number => (FIRST_NUMBER + number).to_string(),
            Self::Word => {
                let letter = |n: usize| char::from(b'a' + (n % 26) as u8);
                let letters = [letter(number / 676), letter(number / 26), letter(number)];
                // Two letters that no language has side by side, at both ends.
                format!("Xq{}qx", letters.iter().collect::<String>())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::literal::literals;
    use super::*;

    #[test]
    fn placeholders_that_survive_are_put_back_wherever_they_went() {
        let text = "Write to a@b.org or call 70301.";
        let literals = literals(text);
        let placeholders = Placeholders::new(text, &literals, PlaceholderStyle::Number);
        assert_eq!(placeholders.text(), "Write to 70302 or call 70303.");
        let back = |translation| placeholders.put_back(translation);
        assert_eq!(back("70303: 70302!").as_deref(), Some("70301: a@b.org!"));
        for mangled in [
            "70302",
            "70302 70303 70303",
            "70302 70 303",
            "170302 70303",
            "70302 70303e",
        ] {
            assert_eq!(back(mangled), None, "{mangled}");
        }
        let words = Placeholders::new(text, &literals, PlaceholderStyle::Word);
        assert_eq!(words.text(), "Write to Xqaaaqx or call Xqaabqx.");
    }
}
