//! Whether an utterance is a question, by how it begins and how it ends.

/// Words that lead in and decide nothing: `well`, `and`, `excuse me`.
const LEAD_IN: &[&str] = &[
    "and", "but", "so", "well", "okay", "ok", "oh", "now", "hey", "hello", "hi", "yes", "no",
    "please", "sorry", "um", "uh", "ah", "alright", "then",
];

/// Verbs of questions when they come first: `is that right`.
const AUXILIARIES: &[&str] = &[
    "is",
    "are",
    "am",
    "was",
    "were",
    "does",
    "did",
    "can",
    "could",
    "would",
    "should",
    "shall",
    "isn't",
    "aren't",
    "wasn't",
    "weren't",
    "don't",
    "doesn't",
    "didn't",
    "can't",
    "couldn't",
    "won't",
    "wouldn't",
    "shouldn't",
    "haven't",
    "hasn't",
];

/// Verbs of questions only before a subject: `do you`, `have they`; else they command or are nouns.
const WITH_SUBJECT: &[&str] = &[
    "do", "have", "has", "had", "will", "may", "might", "must", "don't",
];

/// Subjects that such a verb may stand before.
const SUBJECTS: &[&str] = &[
    "i", "you", "he", "she", "it", "we", "they", "there", "this", "that", "these", "those", "the",
    "your", "my", "his", "her", "our", "their", "any", "anyone", "anybody", "everyone", "all",
];

/// Adverbs and the like that make `how` a question: `how many`, `how far`.
const HOW: &[&str] = &[
    "much", "many", "long", "far", "old", "often", "big", "late", "soon", "tall", "high", "deep",
    "fast", "about", "come", "well", "else", "heavy",
];

/// Pronouns that, right after a question word, make it a clause: `what i want is tea`.
const CLAUSE_SUBJECTS: &[&str] = &[
    "i", "you", "he", "she", "it", "we", "they", "i'm", "you're", "he's", "she's", "it's", "we're",
    "they're",
];

/// Whether these words are a question.
pub(super) fn is_question(words: &[&str]) -> bool {
    let words: Vec<String> = words.iter().map(|word| word.to_lowercase()).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    tag(&words) || opening(lead(&words))
}

/// The words after those that lead in.
fn lead<'w>(mut words: &'w [&'w str]) -> &'w [&'w str] {
    loop {
        words = match words {
            ["excuse" | "pardon", "me", rest @ ..] | ["i'm", "sorry", rest @ ..] => rest,
            [first, rest @ ..] if LEAD_IN.contains(first) && !rest.is_empty() => rest,
            _ => return words,
        };
    }
}

/// Whether the first words begin a question.
fn opening(words: &[&str]) -> bool {
    let [first, rest @ ..] = words else {
        return false;
    };
    let second = rest.first().copied().unwrap_or_default();
    let verb = |word: &str| AUXILIARIES.contains(&word) || WITH_SUBJECT.contains(&word);
    let clause = CLAUSE_SUBJECTS.contains(&second);
    match *first {
        "what" => !clause && !matches!(second, "a" | "an") && has_verb(rest),
        "who" | "whom" | "whose" | "which" | "where" => !clause,
        "what's" | "who's" | "where's" | "how's" | "when's" | "why's" | "what're" => true,
        "why" => rest.is_empty() || verb(second) || second == "not",
        "how" => rest.is_empty() || verb(second) || HOW.contains(&second),
        // `when was the war` is a question, `when it rains` is not.
        "when" => rest.is_empty() || verb(second) && !clause,
        // `have you been`, but `have a nice day`; `don't you know`, but `don't go`.
        word if WITH_SUBJECT.contains(&word) => subject_then_more(word, rest),
        word => AUXILIARIES.contains(&word) && !rest.is_empty(),
    }
}

/// Whether `what` has the verb of a question, or stands alone.
fn has_verb(rest: &[&str]) -> bool {
    rest.is_empty() || rest.first().is_some_and(|&word| word != "the")
}

/// Whether a subject follows such a verb, and not an object: `have you`, but `do it`.
fn subject_then_more(verb: &str, rest: &[&str]) -> bool {
    let Some(subject) = rest.first() else {
        return false;
    };
    let people = matches!(*subject, "i" | "you" | "he" | "she" | "we" | "they");
    match verb {
        // `do it now` and `have the soup` command.
        "do" | "don't" => {
            people
                || matches!(
                    *subject,
                    "your" | "these" | "those" | "any" | "anyone" | "anybody"
                )
        }
        "have" | "must" | "might" => people,
        // `had i known` supposes.
        "had" => matches!(*subject, "you") && rest.contains(&"ever"),
        "may" => matches!(*subject, "i" | "we"),
        _ => SUBJECTS.contains(subject),
    }
}

/// Whether the last two words are a question tag: `isn't it`.
fn tag(words: &[&str]) -> bool {
    let [.., before, verb, subject] = words else {
        return false;
    };
    let negated = verb.ends_with("n't") && verb.len() > 3;
    negated
        && CLAUSE_SUBJECTS.contains(subject)
        && !matches!(*before, "that" | "because" | "if" | "and")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_question_text(text: &str) -> bool {
        is_question(&text.split(' ').collect::<Vec<_>>())
    }

    #[test]
    fn questions_ask() {
        for question in [
            "where is the nearest train station",
            "what time is it",
            "what do you want",
            "who are you",
            "who wants tea",
            "which way is it",
            "why did he go",
            "why not",
            "how are you",
            "how much is it",
            "when does the train leave",
            "when was the war",
            "is this seat free",
            "do you speak english",
            "have you been there",
            "has the train left",
            "will it rain",
            "can you help me",
            "may i come in",
            "excuse me where is the bank",
            "and what is your name",
            "it is cold isn't it",
            "don't you know him",
            "what's your name",
        ] {
            assert!(is_question_text(question), "{question}");
        }
    }

    #[test]
    fn clauses_commands_and_wonder_do_not() {
        for statement in [
            "what i want is a cup of tea",
            "what a lovely day",
            "when i was young i lived here",
            "when it rains we stay at home",
            "where you go i will go",
            "how nice of you",
            "why he left is unknown",
            "have a nice day",
            "do it now",
            "do not touch that",
            "don't go there",
            "that is what he said",
            "will power is not enough",
            "may the best man win",
            "had i known i would have come",
            "i would like a cup of coffee",
            "thank you very much for your help",
            "please help me",
            "no",
            "",
        ] {
            assert!(!is_question_text(statement), "{statement}");
        }
    }
}
