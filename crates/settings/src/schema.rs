//! Reading the JSON schema of settings.

use schemars::Schema;
use serde_json::Value;

/// The settings of a table: name and description of each.
pub fn properties(schema: &Value) -> impl Iterator<Item = (&str, &Value)> {
    schema
        .get("properties")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
        .map(|(name, value)| (name.as_str(), value))
}

/// Follows a `$ref`, alone or in a wrapper that gives it a description.
pub fn resolve<'a>(schema: &'a Schema, described: &'a Value) -> &'a Value {
    let reference = described.get("$ref").and_then(Value::as_str);
    reference
        .and_then(|path| path.strip_prefix('#'))
        .and_then(|pointer| schema.as_value().pointer(pointer))
        .unwrap_or(described)
}

/// The range of a number, where it has more than that of its type.
pub fn range(described: &Value) -> Option<String> {
    let bound = |name| described.get(name).filter(|bound| bound.is_number());
    let (min, max) = (bound("minimum"), bound("maximum"));
    // `minimum: 0` is that of every unsigned type, and so are some maxima.
    let type_bound = |max: &Value| {
        let types = [u8::MAX.into(), u16::MAX.into(), u32::MAX.into(), u64::MAX];
        max.as_u64().is_some_and(|max| types.contains(&max))
    };
    match (min, max.filter(|max| !type_bound(max))) {
        (Some(min), Some(max)) => Some(format!("{} to {}", shown(min), shown(max))),
        (Some(min), None) if min.as_f64() != Some(0.0) => Some(format!("at least {}", shown(min))),
        (None, Some(max)) => Some(format!("at most {}", shown(max))),
        _ => None,
    }
}

/// A number without the fraction that a whole one has as a float.
fn shown(number: &Value) -> String {
    let text = number.to_string();
    text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
}

/// The range of the setting of this path, such as `limits.connections`.
pub fn range_of(schema: &Schema, path: &str) -> Option<String> {
    range(find(schema, path)?)
}

/// What the schema has of the setting of this path.
fn find<'a>(schema: &'a Schema, path: &str) -> Option<&'a Value> {
    path.split('.')
        .try_fold(schema.as_value(), |described, part| {
            let (_, inner) = properties(described).find(|(own, _)| *own == part)?;
            Some(resolve(schema, inner))
        })
}
