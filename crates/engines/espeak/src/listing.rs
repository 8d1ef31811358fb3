//! The table that `espeak-ng --voices` prints.

use mynah_speech::{Language, Voice, VoiceGender, VoiceId, VoiceKind};

/// A priority worse than any that espeak-ng gives.
const LOWEST_PRIORITY: u32 = u32::MAX;

/// Reads the table. Voices come grouped by language, the best for each language first; voices
/// whose language has no BCP-47 tag are left out, and so is a second voice of the same name.
pub(crate) fn parse(table: &str) -> Vec<Voice> {
    let mut rows: Vec<Row> = table.lines().skip(1).filter_map(row).collect();
    // A stable sort: where espeak-ng gives no order, its own stays.
    rows.sort_by(|a, b| {
        let place = |row: &Row| (row.primary().to_owned(), row.priority);
        place(a).cmp(&place(b))
    });
    let mut voices: Vec<Voice> = Vec::with_capacity(rows.len());
    for row in rows {
        if !voices.iter().any(|voice| voice.id == row.voice.id) {
            voices.push(row.voice);
        }
    }
    voices
}

struct Row {
    voice: Voice,
    /// How well it serves its language when no region is requested; less is better.
    priority: u32,
}

impl Row {
    fn primary(&self) -> &str {
        self.voice.languages.first().map_or("", Language::primary)
    }
}

/// `Pty Language Age/Gender VoiceName File Other Languages`, the last as `(zh-cmn 5)(zh 5)`.
fn row(line: &str) -> Option<Row> {
    let mut columns = line.split_whitespace();
    let own_priority: u32 = columns.next()?.parse().ok()?;
    let code = columns.next()?;
    let gender = match columns.next()?.rsplit('/').next()? {
        "M" => Some(VoiceGender::Male),
        "F" => Some(VoiceGender::Female),
        _ => None,
    };
    let name = columns.next()?.trim_matches('_').replace('_', " ");
    let _file = columns.next()?;
    let others: Vec<&str> = columns.collect();
    let others = others.join(" ");

    let own: Language = code.parse().ok()?;
    let mut priority = if own.as_str() == own.primary() {
        own_priority
    } else {
        LOWEST_PRIORITY
    };
    let mut languages = vec![own.clone()];
    for other in others.split(['(', ')']) {
        let Some((tag, rank)) = other.trim().split_once(' ') else {
            continue;
        };
        let Ok(language) = tag.parse::<Language>() else {
            continue;
        };
        if language.as_str() == own.primary() {
            // It ranks how good a choice this is for the language at large, and no more: a
            // British voice that also claimed `en` would claim `en-US`.
            priority = priority.min(rank.trim().parse().unwrap_or(LOWEST_PRIORITY));
        } else if !languages.contains(&language) {
            languages.push(language);
        }
    }
    // For the same reason `pt` gives way to its own `pt-PT`.
    let regional = |other: &Language| other.primary() == own.primary() && other.region().is_some();
    if own.region().is_none() && languages.iter().any(regional) {
        languages.remove(0);
    }
    let id = VoiceId::new(crate::espeak::ID.as_str(), code).ok()?;
    Some(Row {
        voice: Voice {
            id,
            name,
            languages,
            gender,
            kind: VoiceKind::Preset,
            instruct: false,
            of_person: false,
        },
        priority,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = "\
Pty Language       Age/Gender VoiceName          File                 Other Languages
 5  cmn             --/M      Chinese_(Mandarin,_latin_as_English) sit/cmn              (zh-cmn 5)(zh 5)
 5  chr-US-Qaaa-x-west --/M      Cherokee_          iro/chr
 5  en-029          --/M      English_(Caribbean) gmw/en-029           (en 10)
 2  en-gb           --/M      English_(Great_Britain) gmw/en               (en 2)
 2  en-us           --/F      English_(America)  gmw/en-US            (en 3)
 5  es              --/M      Spanish_(Spain)    roa/es
 5  es-419          --/M      Spanish_(Latin_America) roa/es-419           (es-mx 6)(es 6)
 5  piqd            --/M      Klingon            art/piqd
 5  pt              --/M      Portuguese_(Portugal) roa/pt               (pt-pt 5)
 5  pt-br           --/M      Portuguese_(Brazil) roa/pt-BR            (pt 6)
 5  yue             --/M      Chinese_(Cantonese) sit/yue              (zh-yue 5)(zh 8)
 5  yue             --/-      Chinese_(Jyutping) sit/yue-Latn-jyutping (zh-yue 5)(zh 8)
";

    #[test]
    fn the_best_voice_of_a_language_comes_first() {
        let voices = parse(TABLE);
        let best = |tag: &str| {
            let language = tag.parse().unwrap();
            voices
                .iter()
                .find(|voice| voice.supports_language(&language))
                .map(|voice| voice.id.to_string())
        };
        assert_eq!(best("en").as_deref(), Some("espeak/en-gb"));
        assert_eq!(best("en-US").as_deref(), Some("espeak/en-us"));
        assert_eq!(best("es").as_deref(), Some("espeak/es"));
        assert_eq!(best("es-MX").as_deref(), Some("espeak/es"));
        assert_eq!(best("zh-CN").as_deref(), Some("espeak/cmn"));
        assert_eq!(best("pt").as_deref(), Some("espeak/pt"));
        assert_eq!(best("pt-BR").as_deref(), Some("espeak/pt-br"));
        assert_eq!(best("tlh"), None);
    }

    #[test]
    fn a_row_is_a_voice() {
        let voices = parse(TABLE);
        assert_eq!(voices.len(), 10);
        let american = voices
            .iter()
            .find(|voice| voice.id.name() == "en-us")
            .unwrap();
        assert_eq!(american.name, "English (America)");
        assert_eq!(american.gender, Some(VoiceGender::Female));
        let tags: Vec<_> = american.languages.iter().map(Language::as_str).collect();
        assert_eq!(tags, ["en-US"]);
    }

    #[test]
    fn what_is_no_table_has_no_voices() {
        for text in ["", "Pty", "a\nb c\n5 en\n", "\u{0}\n\n5 en-us --/M X"] {
            assert_eq!(parse(text), []);
        }
    }
}
