//! Checks of settings: ranges and rules that types state, everything that is wrong in one report.

mod invalid;
mod rule;
pub mod schema;

use garde::Validate;
use schemars::JsonSchema;

pub use invalid::{InvalidSettings, SettingProblem};
pub use rule::{is_number, rule};

/// Checks every range and rule of these settings.
///
/// # Errors
/// Everything that is wrong, in the order of the settings.
pub fn check<S: Validate<Context = ()> + JsonSchema>(settings: &S) -> Result<(), InvalidSettings> {
    let Err(report) = settings.validate() else {
        return Ok(());
    };
    let schema = schemars::schema_for!(S);
    let problem = |(path, error): &(garde::Path, garde::Error)| {
        let setting = path.to_string();
        let range = rule::is_range(error)
            .then(|| schema::range_of(&schema, &setting))
            .flatten();
        let rule = range.map_or_else(|| error.to_string(), |range| format!("must be {range}"));
        SettingProblem { setting, rule }
    };
    Err(InvalidSettings::new(report.iter().map(problem).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Default, JsonSchema, Validate)]
    #[garde(allow_unvalidated)]
    struct Outer {
        #[garde(range(min = 1, max = 4))]
        #[garde(custom(rule(self.count >= self.inner.least, "must be at least inner.least")))]
        count: u32,
        #[garde(range(max = 9))]
        optional: Option<u16>,
        #[garde(dive)]
        inner: Inner,
        #[garde(inner(custom(is_short)))]
        list: Vec<String>,
    }

    fn is_short(text: &str, &(): &()) -> garde::Result {
        rule(text.len() < 3, "must be short")(text, &())
    }

    #[derive(Default, JsonSchema, Validate)]
    #[garde(allow_unvalidated)]
    struct Inner {
        least: u32,
        #[garde(range(min = 0.0, max = 1.0), custom(is_number))]
        fraction: f32,
    }

    fn wrong(settings: &Outer) -> Vec<String> {
        let problems = check(settings).err();
        let problems = problems.iter().flat_map(InvalidSettings::problems);
        let mut problems: Vec<_> = problems.map(ToString::to_string).collect();
        problems.sort_unstable();
        problems
    }

    #[test]
    fn all_ranges_and_rules_are_reported_at_once() {
        let settings = Outer {
            count: 5,
            optional: Some(10),
            inner: Inner {
                least: 6,
                fraction: 1.5,
            },
            list: vec!["ok".into(), "long".into()],
        };
        assert_eq!(
            wrong(&settings),
            [
                "count must be 1 to 4",
                "count must be at least inner.least",
                "inner.fraction must be 0 to 1",
                "list[1] must be short",
                "optional must be 0 to 9",
            ]
        );
    }

    #[test]
    fn ends_of_ranges_are_valid_and_nan_is_not() {
        let with = |count, fraction| Outer {
            count,
            optional: None,
            inner: Inner { least: 0, fraction },
            list: Vec::new(),
        };
        assert_eq!(wrong(&with(1, 0.0)), Vec::<String>::new());
        assert_eq!(wrong(&with(4, 1.0)), Vec::<String>::new());
        assert_eq!(
            wrong(&with(1, f32::NAN)),
            ["inner.fraction must be a number"]
        );
    }

    #[test]
    fn a_section_stands_before_every_name() {
        let error = check(&Outer::default()).expect_err("0 is out of range");
        assert_eq!(
            error.within("outer").to_string(),
            "outer.count must be 1 to 4"
        );
    }
}
