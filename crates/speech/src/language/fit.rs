//! How well a language that is offered serves one that is requested.

use super::Language;

/// How well an offered language serves a wanted one, from worse to better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fit {
    /// The same language, of another region or in another script: `en-US` for `en-AU`.
    OtherRegion,
    /// The same language, where one of both names no region: `en` for `en-AU`, `en-US` for `en`.
    General,
    /// The same language and region, with other details: `zh-Hant-TW` for `zh-TW`.
    Region,
    /// The very tag.
    Exact,
}

/// Individual languages with the code under which many engines list them (ISO 639-3
/// macrolanguages).
const MACROLANGUAGES: [(&str, &str); 4] =
    [("cmn", "zh"), ("fil", "tl"), ("nb", "no"), ("nn", "no")];

/// The regions where Chinese is written in traditional characters.
const TRADITIONAL: [&str; 3] = ["TW", "HK", "MO"];

impl Language {
    /// Whether both are the same language, whatever their regions and scripts. Mandarin is
    /// Chinese, Bokmål is Norwegian.
    pub fn is_same_language(&self, other: &Self) -> bool {
        macrolanguage(self.primary()) == macrolanguage(other.primary())
    }

    /// How well something made for `self` serves a request for `wanted`; none where it is another
    /// language.
    pub fn fit(&self, wanted: &Self) -> Option<Fit> {
        // Two forms of one macrolanguage are one only where one of them is meant at large.
        let (own, requested) = (self.primary(), wanted.primary());
        let related = own == macrolanguage(requested) || requested == macrolanguage(own);
        if own != requested && !related {
            return None;
        }
        let differ =
            |a: Option<&str>, b: Option<&str>| matches!((a, b), (Some(a), Some(b)) if a != b);
        Some(if self == wanted {
            Fit::Exact
        } else if differ(self.region(), wanted.region()) || differ(self.script(), wanted.script()) {
            Fit::OtherRegion
        } else if self.region().is_some() && self.region() == wanted.region() {
            Fit::Region
        } else {
            Fit::General
        })
    }

    /// The offered language that serves this one best, and how well: the first of those that serve
    /// it equally.
    pub fn best_of(&self, offered: impl IntoIterator<Item = Self>) -> Option<(Self, Fit)> {
        let fits = offered.into_iter().filter_map(|own| {
            let fit = own.fit(self)?;
            Some((own, fit))
        });
        fits.reduce(|best, next| if next.1 > best.1 { next } else { best })
    }

    /// The script, where the tag names one or, in Chinese, its region implies one.
    fn script(&self) -> Option<&str> {
        let named = self
            .subtags()
            .find(|part| part.len() == 4 && part.bytes().all(|byte| byte.is_ascii_alphabetic()));
        if named.is_some() || macrolanguage(self.primary()) != "zh" {
            return named;
        }
        let region = self.region()?;
        Some(if TRADITIONAL.contains(&region) {
            "Hant"
        } else {
            "Hans"
        })
    }
}

fn macrolanguage(code: &str) -> &str {
    let known = MACROLANGUAGES.iter().find(|(own, _)| *own == code);
    known.map_or(code, |(_, whole)| whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn language(tag: &str) -> Language {
        tag.parse().expect(tag)
    }

    #[test]
    fn offered_languages_are_ranked() {
        for (offered, wanted, fit) in [
            ("en-US", "en-US", Some(Fit::Exact)),
            ("en", "en-AU", Some(Fit::General)),
            ("en-US", "en", Some(Fit::General)),
            ("en-US", "en-AU", Some(Fit::OtherRegion)),
            ("zh", "zh-TW", Some(Fit::General)),
            ("zh-Hant-TW", "zh-TW", Some(Fit::Region)),
            ("zh-Hans", "zh-TW", Some(Fit::OtherRegion)),
            ("zh-Hant", "zh-TW", Some(Fit::General)),
            ("cmn", "zh-CN", Some(Fit::General)),
            ("no", "nb-NO", Some(Fit::General)),
            ("nn", "nb", None),
            ("yue", "zh", None),
            ("es", "en", None),
        ] {
            assert_eq!(
                language(offered).fit(&language(wanted)),
                fit,
                "{offered} {wanted}"
            );
        }
    }

    #[test]
    fn the_best_of_several_is_the_closest_then_the_first() {
        let best = |wanted: &str, offered: &[&str]| {
            let offered = offered.iter().map(|tag| language(tag));
            let (found, _) = language(wanted).best_of(offered)?;
            Some(found.as_str().to_owned())
        };
        let cases: [(&str, &[&str], Option<&str>); 6] = [
            ("en-AU", &["es", "en-US", "en-GB"], Some("en-US")),
            ("en-AU", &["en-US", "en"], Some("en")),
            ("pt-BR", &["pt-PT", "pt", "pt-BR"], Some("pt-BR")),
            ("zh-TW", &["zh-Hans", "zh-Hant"], Some("zh-Hant")),
            ("de-AT", &["en-US"], None),
            ("de-AT", &[], None),
        ];
        for (wanted, offered, found) in cases {
            assert_eq!(
                best(wanted, offered).as_deref(),
                found,
                "{wanted} {offered:?}"
            );
        }
    }
}
