//! Word errors: the distance of a recognized text from its reference.

/// Errors and words, summed over many texts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct WordErrors {
    errors: usize,
    words: usize,
}

impl WordErrors {
    /// Adds one text and returns its errors. Case and punctuation do not count.
    pub(crate) fn add(&mut self, reference: &str, hypothesis: &str) -> usize {
        let (reference, hypothesis) = (words(reference), words(hypothesis));
        let errors = distance(&reference, &hypothesis);
        self.errors += errors;
        self.words += reference.len();
        errors
    }

    /// The words of the references.
    pub(crate) const fn words(self) -> usize {
        self.words
    }

    /// Substitutions, insertions and deletions per hundred words of the reference.
    pub(crate) fn percent(self) -> f64 {
        100.0 * self.errors as f64 / self.words.max(1) as f64
    }
}

fn words(text: &str) -> Vec<String> {
    text.to_lowercase()
        .split(|c: char| !(c.is_alphanumeric() || c == '\''))
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

/// Levenshtein's distance over words.
fn distance(a: &[String], b: &[String]) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, to) in b.iter().enumerate() {
            let kept = diagonal + usize::from(from != to);
            diagonal = row[j + 1];
            row[j + 1] = kept.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_error_counts_once() {
        let mut errors = WordErrors::default();
        errors.add("Where is the station?", "where was a the station");
        assert_eq!(
            errors,
            WordErrors {
                errors: 2,
                words: 4
            }
        );
        errors.add("Five, five.", "five");
        assert_eq!(
            errors,
            WordErrors {
                errors: 3,
                words: 6
            }
        );
        assert!((errors.percent() - 50.0).abs() < 1e-9);
    }
}
