//! Japanese. Numbers are written in kanji, whose reading follows the counter after them.

use crate::text::verbalize::grammar::{Clock, CountedNoun, Date, Form, Grammar};
use crate::text::verbalize::locale::{
    Codes, Currency, DateOrder, Locale, Magnitude, NO_CODES, Noun, Words, always, currency,
    magnitude, numbered, same,
};

struct Japanese;

const DIGITS: [&str; 10] = ["ゼロ", "一", "二", "三", "四", "五", "六", "七", "八", "九"];

fn four_digits(n: u64) -> String {
    let mut words = String::new();
    let mut rest = n;
    for (value, name) in [(1000, "千"), (100, "百"), (10, "十"), (1, "")] {
        let digit = rest / value;
        rest %= value;
        if digit > 1 || digit == 1 && value == 1 {
            words += DIGITS[digit as usize];
        }
        if digit > 0 {
            words += name;
        }
    }
    words
}

fn number(n: u64) -> String {
    if n == 0 {
        return DIGITS[0].into();
    }
    let mut words = String::new();
    let mut rest = n;
    for (value, name) in [
        (1_0000_0000_0000_0000, "京"),
        (1_0000_0000_0000, "兆"),
        (1_0000_0000, "億"),
        (1_0000, "万"),
        (1, ""),
    ] {
        let group = rest / value;
        rest %= value;
        if group > 0 {
            words += &four_digits(group);
            words += name;
        }
    }
    words
}

impl Grammar for Japanese {
    fn cardinal(&self, n: u64, _form: Form) -> String {
        number(n)
    }

    fn ordinal(&self, n: u64, _form: Form) -> String {
        format!("第{}", number(n))
    }

    fn digit(&self, digit: u8) -> &'static str {
        DIGITS[usize::from(digit)]
    }

    fn fraction(&self, numerator: u64, denominator: u64, _locale: &Locale) -> String {
        format!("{}分の{}", number(denominator), number(numerator))
    }

    fn mixed(&self, whole: u64, fraction: &str, _locale: &Locale) -> String {
        format!("{}と{fraction}", number(whole))
    }

    fn half_counters(&self) -> &'static [&'static str] {
        &[
            "時間", "年", "か月", "ヶ月", "カ月", "ヵ月", "週間", "日", "分", "倍",
        ]
    }

    fn fraction_of_noun(
        &self,
        whole: Option<u64>,
        part: (u64, u64),
        noun: &CountedNoun<'_>,
        _locale: &Locale,
    ) -> Option<String> {
        let whole = whole.filter(|_| part == (1, 2))?;
        Some(format!("{}{}半", number(whole), noun.noun))
    }

    fn date(&self, date: &Date, _before: &str, _locale: &Locale) -> String {
        let year = date
            .year
            .map_or_else(String::new, |year| format!("{}年", number(year)));
        let day = date
            .day
            .map_or_else(String::new, |day| format!("{}日", number(day)));
        format!("{year}{}月{day}", number(date.month as u64))
    }

    fn clock(&self, clock: &Clock, _locale: &Locale) -> String {
        let second = clock
            .second
            .filter(|second| *second > 0)
            .map_or_else(String::new, |second| format!("{}秒", number(second)));
        let minute = if clock.minute > 0 {
            format!("{}分", number(clock.minute))
        } else {
            String::new()
        };
        let hour = if clock.hour == 0 {
            "零".into()
        } else {
            number(clock.hour)
        };
        format!("{hour}時{minute}{second}")
    }

    fn regnal(&self, _name: &str, n: u64) -> String {
        format!("{}世", number(n))
    }

    fn power(&self, base: &str, exponent: &str, _locale: &Locale) -> String {
        format!("{base}の{exponent}乗")
    }
}

/// The tables.
pub(super) static LOCALE: Locale = Locale {
    grammar: &Japanese,
    decimal: '.',
    space_groups: false,
    order: DateOrder::DayFirst,
    joiner: "",
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
        ("h", "時速"),
        ("s", "秒速"),
        ("min", "分速"),
        ("月", "月"),
        ("日", "一日"),
        ("年", "年"),
        ("人", "一人"),
        ("個", "一個"),
        ("本", "一本"),
        ("枚", "一枚"),
        ("冊", "一冊"),
        ("回", "一回"),
        ("泊", "一泊"),
        ("時間", "一時間"),
        ("時", "一時間"),
        ("kg", "一キログラム"),
    ],
    per_first: true,
    ordinals: &[],
    clock_words: &[],
    clock_prepositions: &[],
    year_words: &[],
    day_halves: &[
        ("a.m.", "午前"),
        ("p.m.", "午後"),
        ("am", "午前"),
        ("pm", "午後"),
    ],
    hour_letter: None,
    abbreviations: &[
        numbered("〒", "郵便番号"),
        numbered("No.", "ナンバー"),
        always("vs.", "対"),
        always("e.g.", "例えば"),
        always("etc.", "など"),
    ],
    abbreviated_endings: &[],
    idioms: &[
        ("24/7", "二十四時間年中無休"),
        ("50/50", "五分五分"),
        ("9/11", "九一一"),
    ],
    sections: &["chapter", "part", "volume", "war"],
    titles: &[],
    centuries: &[],
    codes: &CODES,
    date_of: "",
};

const CODES: Codes = Codes {
    words: &["郵便番号", "番号", "コード"],
    ..NO_CODES
};

const WORDS: Words = Words {
    minus: "マイナス",
    plus: "プラス",
    plus_minus: "プラスマイナス",
    point: "点",
    version_point: "点",
    version: "バージョン",
    to: "から",
    ratio: "対",
    and: "と",
    equals: "イコール",
    times: "かける",
    by: "かける",
    divided: "割る",
    less: "小なり",
    greater: "大なり",
    at_most: "以下",
    at_least: "以上",
    unequal: "ノットイコール",
    about: "約",
    number: "ナンバー",
    hashtag: "ハッシュタグ",
    sharp: "シャープ",
    section: "セクション",
    power: "の乗",
    squared: "の二乗",
    cubed: "の三乗",
    per: "毎",
    at: "アットマーク",
    dot: "ドット",
    slash: "スラッシュ",
    backslash: "バックスラッシュ",
    dash: "ハイフン",
    underscore: "アンダースコア",
    colon: "コロン",
    question: "クエスチョンマーク",
    hash: "シャープ",
    tilde: "チルダ",
    percent: "パーセント",
};

const MONTHS: [&[&str]; 12] = [
    &["一月"],
    &["二月"],
    &["三月"],
    &["四月"],
    &["五月"],
    &["六月"],
    &["七月"],
    &["八月"],
    &["九月"],
    &["十月"],
    &["十一月"],
    &["十二月"],
];

const WEEKDAYS: [&[&str]; 7] = [
    &["月曜日"],
    &["火曜日"],
    &["水曜日"],
    &["木曜日"],
    &["金曜日"],
    &["土曜日"],
    &["日曜日"],
];

const MAGNITUDES: &[Magnitude] = &[
    magnitude("千", same("千")),
    magnitude("百万", same("百万")),
    magnitude("万", same("万")),
    magnitude("億", same("億")),
    magnitude("兆", same("兆")),
];

const CURRENCIES: &[Currency] = &[
    currency("JPY", same("円"), same("")),
    currency("USD", same("ドル"), same("")),
    currency("EUR", same("ユーロ"), same("")),
    currency("GBP", same("ポンド"), same("")),
    currency("CNY", same("元"), same("")),
    currency("KRW", same("ウォン"), same("")),
    currency("RUB", same("ルーブル"), same("")),
    currency("INR", same("ルピー"), same("")),
    currency("BRL", same("レアル"), same("")),
    currency("CHF", same("スイスフラン"), same("")),
    currency("CAD", same("カナダドル"), same("")),
    currency("AUD", same("オーストラリアドル"), same("")),
    currency("HKD", same("香港ドル"), same("")),
    currency("MXN", same("ペソ"), same("")),
    currency("SEK", same("クローナ"), same("")),
    currency("TRY", same("リラ"), same("")),
];

const PREFIXES: &[(&str, &str)] = &[
    ("n", "ナノ"),
    ("µ", "マイクロ"),
    ("μ", "マイクロ"),
    ("m", "ミリ"),
    ("c", "センチ"),
    ("d", "デシ"),
    ("h", "ヘクト"),
    ("k", "キロ"),
    ("K", "キロ"),
    ("M", "メガ"),
    ("G", "ギガ"),
    ("T", "テラ"),
    ("P", "ペタ"),
];

const BASES: &[(&str, Noun)] = &[
    ("g", same("グラム")),
    ("m", same("メートル")),
    ("l", same("リットル")),
    ("W", same("ワット")),
    ("Wh", same("ワット時")),
    ("Hz", same("ヘルツ")),
    ("B", same("バイト")),
    ("bit", same("ビット")),
    ("V", same("ボルト")),
    ("A", same("アンペア")),
    ("Ah", same("アンペア時")),
    ("Pa", same("パスカル")),
    ("J", same("ジュール")),
    ("cal", same("カロリー")),
    ("Ω", same("オーム")),
];

const UNITS: &[(&str, Noun)] = &[
    ("%", same("パーセント")),
    ("‰", same("パーミル")),
    ("°C", same("度")),
    ("℃", same("度")),
    ("°F", same("華氏~度")),
    ("°", same("度")),
    ("m²", same("平方メートル")),
    ("km²", same("平方キロメートル")),
    ("cm²", same("平方センチメートル")),
    ("m³", same("立方メートル")),
    ("cm³", same("立方センチメートル")),
    ("ha", same("ヘクタール")),
    ("t", same("トン")),
    ("s", same("秒")),
    ("ms", same("ミリ秒")),
    ("min", same("分")),
    ("h", same("時間")),
    ("dB", same("デシベル")),
    ("px", same("ピクセル")),
    ("mi", same("マイル")),
    ("mph", same("時速~マイル")),
    ("ft", same("フィート")),
    ("lb", same("ポンド")),
    ("Mbps", same("メガビット毎秒")),
    ("fps", same("フレーム毎秒")),
];
