//! Rules beside ranges.

use garde::Error;

/// For `#[garde(custom(rule(...)))]`: a rule that holds or is broken, such as one between two
/// settings. The text follows the setting's name: `must be at least other_setting`.
pub fn rule<T: ?Sized>(
    holds: bool,
    text: impl Into<String>,
) -> impl FnOnce(&T, &()) -> garde::Result {
    move |_, &()| {
        if holds {
            Ok(())
        } else {
            Err(Error::new(text.into()))
        }
    }
}

/// For `#[garde(custom(is_number))]`: NaN, which no range excludes, is refused.
///
/// # Errors
/// The value is NaN.
pub fn is_number<T: Copy + Into<f64>>(value: &T, &(): &()) -> garde::Result {
    let value: f64 = (*value).into();
    rule(!value.is_nan(), "must be a number")(&value, &())
}

/// Whether an error is that of a range, whose both ends the schema has.
pub(crate) fn is_range(error: &Error) -> bool {
    ["lower than ", "greater than "]
        .iter()
        .any(|start| error.message().starts_with(start))
}
