//! From the names of tensors in a GGUF file to the official ones.

/// The name of a tensor by the first rule that fits: a pattern and the name that it stands for. In
/// both, `{}` is any part between dots, one after the other; `{+N}` is a part that is a number, and
/// N more in the result.
pub(super) fn renamed(rules: &[(&str, &str)], name: &str) -> Option<String> {
    rules
        .iter()
        .find_map(|(pattern, official)| rename(pattern, official, name))
}

fn rename(pattern: &str, official: &str, name: &str) -> Option<String> {
    let mut found = Vec::new();
    let mut parts = name.split('.');
    for expected in pattern.split('.') {
        let part = parts.next()?;
        if expected == "{}" {
            found.push(part);
        } else if expected != part {
            return None;
        }
    }
    if parts.next().is_some() {
        return None;
    }
    let mut found = found.into_iter();
    let official: Option<Vec<String>> = official
        .split('.')
        .map(|part| {
            let Some(sum) = part.strip_prefix('{').and_then(|it| it.strip_suffix('}')) else {
                return Some(part.to_owned());
            };
            let part = found.next()?;
            match sum.strip_prefix('+') {
                None => Some(part.to_owned()),
                Some(more) => {
                    let sum = part
                        .parse::<usize>()
                        .ok()?
                        .checked_add(more.parse().ok()?)?;
                    Some(sum.to_string())
                }
            }
        })
        .collect();
    Some(official?.join("."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_the_first_rule_that_fits() {
        let rules = [
            ("a.{}.q.weight", "layers.{}.query.weight"),
            ("a.{}.{}", "other.{+2}.{}"),
        ];
        let renamed = |name| renamed(&rules, name);
        assert_eq!(
            renamed("a.12.q.weight").as_deref(),
            Some("layers.12.query.weight")
        );
        assert_eq!(renamed("a.1.bias").as_deref(), Some("other.3.bias"));
        for none in ["", "a", "a.1", "a.x.bias", "a.1.q.weight.more", "b.1.bias"] {
            assert_eq!(renamed(none), None, "{none}");
        }
    }
}
