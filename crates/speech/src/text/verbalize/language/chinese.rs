//! Chinese (Mandarin), in simplified characters.

use crate::text::verbalize::grammar::{Clock, Date, Form, Grammar};
use crate::text::verbalize::locale::{
    Codes, Currency, DateOrder, Locale, Magnitude, NO_CODES, Noun, Words, always, currency,
    magnitude, numbered, same,
};
use crate::text::verbalize::number::Number;

struct Chinese;

const DIGITS: [&str; 10] = ["零", "一", "二", "三", "四", "五", "六", "七", "八", "九"];

/// Words that `两` stands before, and not `二`.
const COUNTERS: &str = "个只位条本张次天件周岁块元双对杯瓶辆台部家间名人小分秒公米斤吨倍种年点层场套支首句章节国座口顿份步代款";

fn four_digits(n: u64, leading: bool) -> String {
    let mut words = String::new();
    let mut zero = false;
    let mut rest = n;
    for (value, name) in [(1000, "千"), (100, "百"), (10, "十"), (1, "")] {
        let digit = rest / value;
        rest %= value;
        if digit == 0 {
            zero = !words.is_empty() || !leading;
            continue;
        }
        if std::mem::take(&mut zero) {
            words += "零";
        }
        match (digit, value) {
            (1, 10) if words.is_empty() && leading => {}
            (2, 1000) => words += "两",
            _ => words += DIGITS[digit as usize],
        }
        words += name;
    }
    words
}

fn number(n: u64) -> String {
    if n == 0 {
        return DIGITS[0].into();
    }
    let mut words = String::new();
    let mut rest = n;
    let mut gap = false;
    for (value, name) in [
        (1_0000_0000_0000_0000, "京"),
        (1_0000_0000_0000, "兆"),
        (1_0000_0000, "亿"),
        (1_0000, "万"),
        (1, ""),
    ] {
        let group = rest / value;
        rest %= value;
        if group == 0 {
            gap = !words.is_empty();
            continue;
        }
        let leading = words.is_empty();
        let part = match (group, leading) {
            (2, true) if value > 1 => "两".into(),
            _ => four_digits(group, leading),
        };
        if !leading && (gap || group < 1000) && !part.starts_with('零') {
            words += "零";
        }
        gap = false;
        words += &part;
        words += name;
    }
    words
}

fn by_digit(n: u64) -> String {
    n.to_string()
        .bytes()
        .map(|b| {
            if b == b'0' {
                "〇"
            } else {
                DIGITS[usize::from(b - b'0')]
            }
        })
        .collect()
}

impl Grammar for Chinese {
    fn cardinal(&self, n: u64, form: Form) -> String {
        if n == 2 && form.attributive {
            "两".into()
        } else {
            number(n)
        }
    }

    fn ordinal(&self, n: u64, _form: Form) -> String {
        format!("第{}", number(n))
    }

    fn digit(&self, digit: u8) -> &'static str {
        DIGITS[usize::from(digit)]
    }

    fn bare(&self, n: u64, after: &str) -> String {
        let next = after.trim_start_matches(' ').chars().next();
        let counted = next.is_some_and(|c| COUNTERS.contains(c));
        let minute = after.starts_with('分') && !after.starts_with("分钟");
        if n == 2 && counted && !minute {
            "两".into()
        } else {
            number(n)
        }
    }

    fn is_year(&self, n: u64, after: &str) -> bool {
        n >= 1000 && after.trim_start_matches(' ').starts_with('年')
    }

    fn year(&self, n: u64) -> String {
        by_digit(n)
    }

    fn fraction(&self, numerator: u64, denominator: u64, _locale: &Locale) -> String {
        format!("{}分之{}", number(denominator), number(numerator))
    }

    fn mixed(&self, whole: u64, fraction: &str, _locale: &Locale) -> String {
        if fraction == "二分之一" {
            format!("{}点五", number(whole))
        } else {
            format!("{}又{fraction}", number(whole))
        }
    }

    fn sum(&self, major: &str, minor: &str, _locale: &Locale) -> String {
        format!("{major}{minor}")
    }

    fn decimal(&self, number: &Number, locale: &Locale) -> String {
        let whole = number
            .value()
            .map_or_else(|| self.digits(&number.integer, locale), self::number);
        format!("{whole}点{}", self.digits(&number.fraction, locale))
    }

    fn date(&self, date: &Date, _before: &str, _locale: &Locale) -> String {
        let year = date
            .year
            .map_or_else(String::new, |year| format!("{}年", by_digit(year)));
        let day = date
            .day
            .map_or_else(String::new, |day| format!("{}日", number(day)));
        format!("{year}{}月{day}", number(date.month as u64))
    }

    fn clock(&self, clock: &Clock, _locale: &Locale) -> String {
        let hour = if clock.hour == 2 {
            "两".into()
        } else {
            number(clock.hour)
        };
        let second = clock
            .second
            .filter(|second| *second > 0)
            .map_or_else(String::new, |second| format!("{}秒", number(second)));
        match clock.minute {
            0 if second.is_empty() => format!("{hour}点"),
            minute @ 0..10 => format!(
                "{hour}点零{}分{second}",
                if minute == 0 {
                    String::new()
                } else {
                    number(minute)
                }
            ),
            minute => format!("{hour}点{}分{second}", number(minute)),
        }
    }

    fn regnal(&self, _name: &str, n: u64) -> String {
        format!("{}世", number(n))
    }

    fn power(&self, base: &str, exponent: &str, _locale: &Locale) -> String {
        format!("{base}的{exponent}次方")
    }
}

/// The tables.
pub(super) static LOCALE: Locale = Locale {
    grammar: &Chinese,
    decimal: '.',
    space_groups: false,
    order: DateOrder::DayFirst,
    joiner: "",
    words: &WORDS,
    months: &MONTHS,
    weekdays: &WEEKDAYS,
    magnitudes: MAGNITUDES,
    currencies: CURRENCIES,
    currency_signs: &[("¥", "CNY"), ("￥", "CNY")],
    prefixes: PREFIXES,
    bases: BASES,
    units: UNITS,
    per: &[
        ("h", "每小时"),
        ("s", "每秒"),
        ("min", "每分钟"),
        ("月", "每月"),
        ("年", "每年"),
        ("天", "每天"),
        ("人", "每人"),
        ("日", "每日"),
        ("个", "每个"),
        ("件", "每件"),
        ("次", "每次"),
        ("斤", "每斤"),
        ("公斤", "每公斤"),
        ("克", "每克"),
        ("升", "每升"),
        ("瓶", "每瓶"),
        ("盒", "每盒"),
        ("张", "每张"),
        ("本", "每本"),
        ("小时", "每小时"),
        ("分钟", "每分钟"),
        ("平方米", "每平方米"),
        ("米", "每米"),
        ("kg", "每公斤"),
    ],
    per_first: true,
    ordinals: &[],
    clock_words: &[],
    clock_prepositions: &[],
    year_words: &[],
    day_halves: &[
        ("a.m.", "上午"),
        ("p.m.", "下午"),
        ("am", "上午"),
        ("pm", "下午"),
    ],
    hour_letter: None,
    abbreviations: &[
        numbered("No.", "编号"),
        always("vs.", "对"),
        always("e.g.", "例如"),
        always("etc.", "等等"),
    ],
    abbreviated_endings: &[],
    idioms: &[
        ("24/7", "全天候"),
        ("50/50", "五十比五十"),
        ("9/11", "九一一"),
    ],
    sections: &["chapter", "part", "volume", "war"],
    titles: &[],
    centuries: &[],
    codes: &CODES,
    date_of: "",
};

const CODES: Codes = Codes {
    words: &["邮编", "邮政编码", "密码", "验证码"],
    ..NO_CODES
};

const WORDS: Words = Words {
    minus: "负",
    plus: "加",
    plus_minus: "正负",
    point: "点",
    version_point: "点",
    version: "版本",
    to: "到",
    ratio: "比",
    and: "和",
    equals: "等于",
    times: "乘",
    by: "乘",
    divided: "除以",
    less: "小于",
    greater: "大于",
    at_most: "小于等于",
    at_least: "大于等于",
    unequal: "不等于",
    about: "大约",
    number: "编号",
    hashtag: "话题",
    sharp: "井",
    section: "第",
    power: "的次方",
    squared: "平方",
    cubed: "立方",
    per: "每",
    at: "艾特",
    dot: "点",
    slash: "斜杠",
    backslash: "反斜杠",
    dash: "杠",
    underscore: "下划线",
    colon: "冒号",
    question: "问号",
    hash: "井号",
    tilde: "波浪号",
    percent: "百分号",
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
    &["星期一"],
    &["星期二"],
    &["星期三"],
    &["星期四"],
    &["星期五"],
    &["星期六"],
    &["星期日"],
];

const MAGNITUDES: &[Magnitude] = &[
    magnitude("千", same("千")),
    magnitude("万", same("万")),
    magnitude("百万", same("百万")),
    magnitude("亿", same("亿")),
    magnitude("万亿", same("万亿")),
    magnitude("兆", same("兆")),
    magnitude("萬", same("万")),
    magnitude("億", same("亿")),
];

const CURRENCIES: &[Currency] = &[
    currency("CNY", same("元"), same("")),
    currency("USD", same("美元"), same("")),
    currency("EUR", same("欧元"), same("")),
    currency("GBP", same("英镑"), same("")),
    currency("JPY", same("日元"), same("")),
    currency("KRW", same("韩元"), same("")),
    currency("RUB", same("卢布"), same("")),
    currency("INR", same("卢比"), same("")),
    currency("BRL", same("雷亚尔"), same("")),
    currency("CHF", same("瑞士法郎"), same("")),
    currency("CAD", same("加元"), same("")),
    currency("AUD", same("澳元"), same("")),
    currency("HKD", same("港元"), same("")),
    currency("TWD", same("新台币"), same("")),
    currency("MXN", same("比索"), same("")),
    currency("SEK", same("瑞典克朗"), same("")),
    currency("PLN", same("兹罗提"), same("")),
    currency("TRY", same("里拉"), same("")),
];

const PREFIXES: &[(&str, &str)] = &[
    ("n", "纳"),
    ("µ", "微"),
    ("μ", "微"),
    ("m", "毫"),
    ("c", "厘"),
    ("d", "分"),
    ("h", "百"),
    ("k", "千"),
    ("K", "千"),
    ("M", "兆"),
    ("G", "吉"),
    ("T", "太"),
    ("P", "拍"),
];

const BASES: &[(&str, Noun)] = &[
    ("g", same("克")),
    ("m", same("米")),
    ("l", same("升")),
    ("W", same("瓦")),
    ("Wh", same("瓦时")),
    ("Hz", same("赫兹")),
    ("B", same("字节")),
    ("bit", same("比特")),
    ("V", same("伏")),
    ("A", same("安")),
    ("Ah", same("安时")),
    ("Pa", same("帕")),
    ("J", same("焦")),
    ("cal", same("卡")),
    ("Ω", same("欧姆")),
];

const UNITS: &[(&str, Noun)] = &[
    ("%", same("百分之~")),
    ("‰", same("千分之~")),
    ("°C", same("摄氏度")),
    ("℃", same("摄氏度")),
    ("°F", same("华氏度")),
    ("°", same("度")),
    ("kg", same("公斤")),
    ("km", same("公里")),
    ("kWh", same("千瓦时")),
    ("m²", same("平方米")),
    ("km²", same("平方公里")),
    ("cm²", same("平方厘米")),
    ("m³", same("立方米")),
    ("cm³", same("立方厘米")),
    ("ha", same("公顷")),
    ("t", same("吨")),
    ("s", same("秒")),
    ("ms", same("毫秒")),
    ("min", same("分钟")),
    ("h", same("小时")),
    ("dB", same("分贝")),
    ("px", same("像素")),
    ("mph", same("英里每小时")),
    ("mi", same("英里")),
    ("ft", same("英尺")),
    ("lb", same("磅")),
    ("Mbps", same("兆比特每秒")),
    ("fps", same("帧每秒")),
];
