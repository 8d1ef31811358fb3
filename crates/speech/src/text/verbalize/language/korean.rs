//! Korean. Counters such as 시, 개 and 명 take native numbers, all else the Sino-Korean ones.

use crate::text::verbalize::grammar::{Clock, CountedNoun, Date, Form, Grammar};
use crate::text::verbalize::locale::{
    Codes, Currency, DateOrder, Locale, Magnitude, NO_CODES, Noun, Words, always, currency,
    magnitude, numbered, same,
};
use crate::text::verbalize::number::Number;

struct Korean;

const DIGITS: [&str; 10] = ["영", "일", "이", "삼", "사", "오", "육", "칠", "팔", "구"];

const NATIVE: [&str; 10] = [
    "", "한", "두", "세", "네", "다섯", "여섯", "일곱", "여덟", "아홉",
];

const NATIVE_TENS: [&str; 10] = [
    "", "열", "스물", "서른", "마흔", "쉰", "예순", "일흔", "여든", "아흔",
];

/// Counters of native numbers, longer ones first.
const NATIVE_COUNTERS: [&str; 26] = [
    "시간", "사람", "마리", "가지", "켤레", "그루", "송이", "군데", "번째", "시", "개", "명", "살",
    "권", "병", "잔", "대", "번", "장", "달", "곳", "채", "벌", "통", "줄", "쌍",
];

/// Words that only begin as a counter does.
const NO_COUNTERS: [&str; 8] = [
    "개월", "개년", "장관", "대학", "시즌", "시드", "명령", "번지",
];

fn number(n: u64) -> String {
    if n == 0 {
        return DIGITS[0].into();
    }
    let mut words = String::new();
    let mut rest = n;
    for (value, name) in [
        (1_0000_0000_0000_0000, "경"),
        (1_0000_0000_0000, "조"),
        (1_0000_0000, "억"),
        (1_0000, "만"),
        (1, ""),
    ] {
        let group = rest / value;
        rest %= value;
        if group == 0 {
            continue;
        }
        let mut part = String::new();
        let mut low = group;
        for (value, name) in [(1000, "천"), (100, "백"), (10, "십"), (1, "")] {
            let digit = low / value;
            low %= value;
            if digit > 1 || digit == 1 && value == 1 {
                part += DIGITS[digit as usize];
            }
            if digit > 0 {
                part += name;
            }
        }
        // `만`, not `일만`.
        if part == "일" && name == "만" && words.is_empty() {
            part.clear();
        }
        words += &part;
        words += name;
        if !name.is_empty() && rest > 0 {
            words.push(' ');
        }
    }
    words
}

/// A native number before a counter, 1 to 99.
fn native(n: u64) -> String {
    if n == 20 {
        "스무".into()
    } else {
        format!(
            "{}{}",
            NATIVE_TENS[n as usize / 10],
            NATIVE[n as usize % 10]
        )
    }
}

/// Whether the last syllable ends in a consonant, which decides the form of a particle after it.
fn ends_in_consonant(words: &str) -> bool {
    /// The first syllable, and the number of endings that each pair of letters has.
    const FIRST: u32 = 0xAC00;
    const ENDINGS: u32 = 28;
    words
        .chars()
        .next_back()
        .is_some_and(|c| ('가'..='힣').contains(&c) && !(c as u32 - FIRST).is_multiple_of(ENDINGS))
}

impl Grammar for Korean {
    fn cardinal(&self, n: u64, _form: Form) -> String {
        number(n)
    }

    fn ordinal(&self, n: u64, _form: Form) -> String {
        format!("제{}", number(n))
    }

    fn digit(&self, digit: u8) -> &'static str {
        DIGITS[usize::from(digit)]
    }

    fn digits(&self, digits: &str, _locale: &Locale) -> String {
        digits
            .bytes()
            .filter(u8::is_ascii_digit)
            .map(|b| {
                if b == b'0' {
                    "공"
                } else {
                    DIGITS[usize::from(b - b'0')]
                }
            })
            .collect()
    }

    fn decimals(&self, digits: &str, _locale: &Locale) -> String {
        digits
            .bytes()
            .filter(u8::is_ascii_digit)
            .map(|b| DIGITS[usize::from(b - b'0')])
            .collect()
    }

    fn bare(&self, n: u64, after: &str) -> String {
        let next = after.trim_start_matches(' ');
        let gap = if next.len() == after.len() { " " } else { "" };
        if let Some(tail) = next.strip_prefix("월")
            && !tail.starts_with("요")
            && gap == " "
        {
            return match n {
                6 => "유".into(),
                10 => "시".into(),
                n => number(n),
            };
        }
        let counter = NATIVE_COUNTERS
            .iter()
            .find(|counter| next.starts_with(**counter))
            .filter(|_| !NO_COUNTERS.iter().any(|word| next.starts_with(word)));
        let tail = counter.map_or("", |counter| &next[counter.len()..]);
        let named = ["출구", "버스", "문제", "선수", "국도", "타자"]
            .iter()
            .any(|noun| tail.trim_start().starts_with(noun));
        match counter {
            // `3대1` is a score, `30대` an age, `3번 출구` a name.
            Some(&"대")
                if n.is_multiple_of(10)
                    || tail
                        .trim_start_matches(' ')
                        .starts_with(|c: char| c.is_ascii_digit()) =>
            {
                number(n)
            }
            Some(&"번") if named => number(n),
            Some(&"번째") if n == 1 => format!("첫{gap}"),
            Some(&"시") if !(1..=12).contains(&n) => number(n) + gap,
            Some(_) if (1..100).contains(&n) => native(n) + gap,
            _ => number(n),
        }
    }

    fn fraction(&self, numerator: u64, denominator: u64, _locale: &Locale) -> String {
        format!("{}분의 {}", number(denominator), number(numerator))
    }

    fn mixed(&self, whole: u64, fraction: &str, _locale: &Locale) -> String {
        let words = number(whole);
        format!(
            "{words}{} {fraction}",
            if ends_in_consonant(&words) {
                "과"
            } else {
                "와"
            }
        )
    }

    fn decimal(&self, number: &Number, locale: &Locale) -> String {
        let whole = number
            .value()
            .map_or_else(|| self.digits(&number.integer, locale), self::number);
        format!("{whole} 점 {}", self.decimals(&number.fraction, locale))
    }

    fn half_counters(&self) -> &'static [&'static str] {
        &["시간", "개월", "년", "달", "일", "주", "배"]
    }

    fn fraction_of_noun(
        &self,
        whole: Option<u64>,
        part: (u64, u64),
        noun: &CountedNoun<'_>,
        _locale: &Locale,
    ) -> Option<String> {
        let whole = whole.filter(|_| part == (1, 2))?;
        Some(format!("{}{} 반", self.bare(whole, noun.noun), noun.noun))
    }

    fn date(&self, date: &Date, _before: &str, _locale: &Locale) -> String {
        let year = date
            .year
            .map_or_else(String::new, |year| format!("{}년 ", number(year)));
        let month = match date.month {
            6 => "유".into(),
            10 => "시".into(),
            month => number(month as u64),
        };
        let day = date
            .day
            .map_or_else(String::new, |day| format!(" {}일", number(day)));
        format!("{year}{month}월{day}")
    }

    fn clock(&self, clock: &Clock, _locale: &Locale) -> String {
        let hour = if (1..=12).contains(&clock.hour) {
            native(clock.hour)
        } else {
            number(clock.hour)
        };
        let minute = if clock.minute > 0 {
            format!(" {} 분", number(clock.minute))
        } else {
            String::new()
        };
        let second = clock
            .second
            .filter(|second| *second > 0)
            .map_or_else(String::new, |second| format!(" {} 초", number(second)));
        format!("{hour} 시{minute}{second}")
    }

    fn range(&self, low: &str, high: &str, _locale: &Locale) -> String {
        format!("{low}에서 {high}")
    }

    fn regnal(&self, _name: &str, n: u64) -> String {
        format!("{}세", number(n))
    }

    fn power(&self, base: &str, exponent: &str, _locale: &Locale) -> String {
        format!("{base}의 {exponent}제곱")
    }
}

/// The tables.
pub(super) static LOCALE: Locale = Locale {
    grammar: &Korean,
    decimal: '.',
    space_groups: false,
    order: DateOrder::DayFirst,
    joiner: " ",
    words: &WORDS,
    months: &MONTHS,
    weekdays: &WEEKDAYS,
    magnitudes: MAGNITUDES,
    currencies: CURRENCIES,
    currency_signs: &[],
    prefixes: PREFIXES,
    bases: BASES,
    units: UNITS,
    per: &[
        ("h", "시속"),
        ("s", "초속"),
        ("min", "분속"),
        ("월", "월"),
        ("년", "연"),
        ("일", "하루"),
        ("명", "한 명당"),
        ("인", "일인당"),
        ("개", "개당"),
        ("권", "권당"),
        ("병", "병당"),
        ("장", "장당"),
        ("회", "회당"),
        ("박", "일박"),
        ("시간", "시간당"),
        ("kg", "킬로그램당"),
    ],
    per_first: true,
    ordinals: &[],
    clock_words: &[],
    clock_prepositions: &[],
    year_words: &[],
    day_halves: &[
        ("a.m.", "오전"),
        ("p.m.", "오후"),
        ("am", "오전"),
        ("pm", "오후"),
    ],
    hour_letter: None,
    abbreviations: &[
        numbered("No.", "넘버"),
        always("vs.", "대"),
        always("e.g.", "예를 들어"),
        always("etc.", "등"),
    ],
    abbreviated_endings: &[],
    idioms: &[
        ("24/7", "이십사 시간 연중무휴"),
        ("50/50", "오십 대 오십"),
        ("9/11", "구일일"),
    ],
    sections: &["chapter", "part", "volume", "war"],
    titles: &[],
    centuries: &[],
    codes: &CODES,
    date_of: "",
};

const CODES: Codes = Codes {
    words: &["우편번호", "비밀번호", "인증번호"],
    groups: &["15##-####", "16##-####", "18##-####"],
    ..NO_CODES
};

const WORDS: Words = Words {
    minus: "마이너스",
    plus: "플러스",
    plus_minus: "플러스마이너스",
    point: "점",
    version_point: "점",
    version: "버전",
    to: "에서",
    ratio: "대",
    and: "앤드",
    equals: "는",
    times: "곱하기",
    by: "곱하기",
    divided: "나누기",
    less: "작다",
    greater: "크다",
    at_most: "이하",
    at_least: "이상",
    unequal: "같지 않다",
    about: "약",
    number: "번호",
    hashtag: "해시태그",
    sharp: "샵",
    section: "섹션",
    power: "제곱",
    squared: "제곱",
    cubed: "세제곱",
    per: "당",
    at: "골뱅이",
    dot: "점",
    slash: "슬래시",
    backslash: "역슬래시",
    dash: "하이픈",
    underscore: "밑줄",
    colon: "콜론",
    question: "물음표",
    hash: "샵",
    tilde: "물결",
    percent: "퍼센트",
};

const MONTHS: [&[&str]; 12] = [
    &["일월"],
    &["이월"],
    &["삼월"],
    &["사월"],
    &["오월"],
    &["유월"],
    &["칠월"],
    &["팔월"],
    &["구월"],
    &["시월"],
    &["십일월"],
    &["십이월"],
];

const WEEKDAYS: [&[&str]; 7] = [
    &["월요일"],
    &["화요일"],
    &["수요일"],
    &["목요일"],
    &["금요일"],
    &["토요일"],
    &["일요일"],
];

const MAGNITUDES: &[Magnitude] = &[
    magnitude("천", same("천")),
    magnitude("만", same("만")),
    magnitude("천만", same("천만")),
    magnitude("백만", same("백만")),
    magnitude("억", same("억")),
    magnitude("조", same("조")),
];

const CURRENCIES: &[Currency] = &[
    currency("KRW", same("원"), same("")),
    currency("USD", same("달러"), same("")),
    currency("EUR", same("유로"), same("")),
    currency("GBP", same("파운드"), same("")),
    currency("JPY", same("엔"), same("")),
    currency("CNY", same("위안"), same("")),
    currency("RUB", same("루블"), same("")),
    currency("INR", same("루피"), same("")),
    currency("BRL", same("헤알"), same("")),
    currency("CHF", same("스위스 프랑"), same("")),
    currency("CAD", same("캐나다 달러"), same("")),
    currency("AUD", same("호주 달러"), same("")),
    currency("HKD", same("홍콩 달러"), same("")),
    currency("MXN", same("페소"), same("")),
    currency("SEK", same("크로나"), same("")),
    currency("TRY", same("리라"), same("")),
];

const PREFIXES: &[(&str, &str)] = &[
    ("n", "나노"),
    ("µ", "마이크로"),
    ("μ", "마이크로"),
    ("m", "밀리"),
    ("c", "센티"),
    ("d", "데시"),
    ("h", "헥토"),
    ("k", "킬로"),
    ("K", "킬로"),
    ("M", "메가"),
    ("G", "기가"),
    ("T", "테라"),
    ("P", "페타"),
];

const BASES: &[(&str, Noun)] = &[
    ("g", same("그램")),
    ("m", same("미터")),
    ("l", same("리터")),
    ("W", same("와트")),
    ("Wh", same("와트시")),
    ("Hz", same("헤르츠")),
    ("B", same("바이트")),
    ("bit", same("비트")),
    ("V", same("볼트")),
    ("A", same("암페어")),
    ("Ah", same("암페어시")),
    ("Pa", same("파스칼")),
    ("J", same("줄")),
    ("cal", same("칼로리")),
    ("Ω", same("옴")),
];

const UNITS: &[(&str, Noun)] = &[
    ("%", same("퍼센트")),
    ("‰", same("퍼밀")),
    ("°C", same("도")),
    ("℃", same("도")),
    ("°F", same("화씨 ~ 도")),
    ("°", same("도")),
    ("m²", same("제곱미터")),
    ("㎡", same("제곱미터")),
    ("km²", same("제곱킬로미터")),
    ("cm²", same("제곱센티미터")),
    ("m³", same("세제곱미터")),
    ("cm³", same("세제곱센티미터")),
    ("ha", same("헥타르")),
    ("t", same("톤")),
    ("s", same("초")),
    ("ms", same("밀리초")),
    ("min", same("분")),
    ("h", same("시간")),
    ("dB", same("데시벨")),
    ("px", same("픽셀")),
    ("mi", same("마일")),
    ("mph", same("시속 ~ 마일")),
    ("ft", same("피트")),
    ("lb", same("파운드")),
    ("Mbps", same("초당 ~ 메가비트")),
    ("fps", same("초당 ~ 프레임")),
];
