//! Everything that is wrong with the settings, at once: unknown and renamed keys, values of the wrong
//! type, values out of their range.

use figment::Figment;
use figment::providers::Serialized;
use figment::value::{Dict, Value};
use garde::Validate as _;
use schemars::Schema;
use serde_json::Value as Json;

use super::Config;
use super::renamed::RENAMED;
use super::schema::{properties, resolve};

/// The settings of these layers, or all that is wrong with them.
pub(super) fn read(layers: &Figment) -> Result<Config, Vec<String>> {
    let mut given: Dict = layers.extract().map_err(messages)?;
    let mut problems = Vec::new();
    for (old, new) in RENAMED {
        let path: Vec<&str> = old.split('.').collect();
        // A table may have taken the name of a value.
        let is_old = find(&given, &path).is_some_and(|value| value.as_dict().is_none());
        if is_old && remove(&mut given, &path) {
            problems.push(format!("{old} is now {new}{}", source(layers, old)));
        }
    }
    let schema = schemars::schema_for!(Config);
    for path in unknown(&given, &schema, schema.as_value(), "") {
        problems.push(format!("{path} is not a setting{}", source(layers, &path)));
        remove(&mut given, &path.split('.').collect::<Vec<_>>());
    }
    let config = typed(layers, given, &mut problems);
    if let Some(config) = &config {
        problems.extend(out_of_range(config, &schema));
    }
    match config {
        Some(config) if problems.is_empty() => Ok(config),
        _ => Err(problems),
    }
}

/// The settings, with the default in place of each value of the wrong type, which is a problem.
fn typed(layers: &Figment, mut given: Dict, problems: &mut Vec<String>) -> Option<Config> {
    loop {
        let settings = Figment::from(Serialized::defaults(Config::default()))
            .merge(Serialized::defaults(given.clone()))
            .extract::<Config>();
        let error = match settings {
            Ok(config) => return Some(config),
            Err(error) => error,
        };
        let name = error.path.join(".");
        problems.push(format!("{name}: {}{}", error.kind, source(layers, &name)));
        let path: Vec<&str> = error.path.iter().map(String::as_str).collect();
        if !remove(&mut given, &path) {
            return None;
        }
    }
}

/// The keys of tables that have no such setting.
fn unknown(given: &Dict, schema: &Schema, described: &Json, path: &str) -> Vec<String> {
    let mut found = Vec::new();
    if described.get("properties").is_none() {
        // A table whose keys are free, such as names of voices.
        return found;
    }
    for (name, value) in given {
        let full = if path.is_empty() {
            name.clone()
        } else {
            format!("{path}.{name}")
        };
        match (properties(described).find(|(own, _)| own == name), value) {
            (None, _) => found.push(full),
            (Some((_, inner)), Value::Dict(_, inner_given)) => {
                found.extend(unknown(inner_given, schema, resolve(schema, inner), &full));
            }
            (Some(_), _) => {}
        }
    }
    found
}

/// What lies outside its range, or contradicts another setting.
fn out_of_range(config: &Config, schema: &Schema) -> Vec<String> {
    let mut problems = Vec::new();
    let reports = [
        ("engines", config.engines.validate()),
        ("synthesis", config.synthesis.validate()),
    ];
    for (section, report) in reports {
        for (path, error) in report.err().iter().flat_map(garde::Report::iter) {
            let name = format!("{section}.{path}");
            let problem = range(schema, &name).unwrap_or_else(|| error.to_string());
            problems.push(format!("{name} {problem}"));
        }
    }
    let mut check = |section: &str, result: Result<(), String>| {
        problems.extend(result.err().map(|error| format!("{section}.{error}")));
    };
    let text = |error: &dyn std::fmt::Display| error.to_string();
    check("server", config.server.validate().map_err(|e| text(&e)));
    check("gateway", config.gateway.validate().map_err(|e| text(&e)));
    check(
        "interpreter",
        config.interpreter.validate().map_err(|e| text(&e)),
    );
    check("storage", config.storage.check().map_err(|e| text(&e)));
    for wrong in config
        .bus
        .validate()
        .err()
        .map_or_else(Vec::new, |all| all.0)
    {
        check("bus", Err(wrong));
    }
    for wrong in config
        .pipeline
        .validate()
        .err()
        .map_or_else(Vec::new, |all| all.0)
    {
        check("pipeline", Err(wrong));
    }
    problems
}

/// The range of a number, as a sentence about it.
fn range(schema: &Schema, name: &str) -> Option<String> {
    let mut described = schema.as_value();
    for part in name.split('.') {
        let (_, inner) = properties(described).find(|(own, _)| *own == part)?;
        described = resolve(schema, inner);
    }
    super::schema::range(described).map(|range| format!("must be {range}"))
}

fn messages(error: figment::Error) -> Vec<String> {
    error.into_iter().map(|error| error.to_string()).collect()
}

/// Where a setting was given: a file or the environment.
fn source(layers: &Figment, name: &str) -> String {
    let metadata = layers.find_metadata(name);
    metadata.map_or_else(String::new, |metadata| match &metadata.source {
        Some(source) => format!(" (in {source})"),
        None => format!(" (in {})", metadata.name),
    })
}

fn find<'a>(given: &'a Dict, path: &[&str]) -> Option<&'a Value> {
    let (first, rest) = path.split_first()?;
    let value = given.get(*first)?;
    if rest.is_empty() {
        Some(value)
    } else {
        find(value.as_dict()?, rest)
    }
}

/// Removes a value, or the innermost table's value that holds it. False where there is none.
fn remove(given: &mut Dict, path: &[&str]) -> bool {
    let Some((first, rest)) = path.split_first() else {
        return false;
    };
    if let (false, Some(Value::Dict(_, inner))) = (rest.is_empty(), given.get_mut(*first))
        && remove(inner, rest)
    {
        return true;
    }
    given.remove(*first).is_some()
}

#[cfg(test)]
mod tests {
    use figment::providers::{Format, Toml};

    use super::*;

    fn read_toml(text: &str) -> Result<Config, Vec<String>> {
        let defaults = Figment::from(Serialized::defaults(Config::default()));
        read(&defaults.merge(Toml::string(text)))
    }

    #[test]
    fn everything_that_is_wrong_is_listed_at_once() {
        let problems = read_toml(
            r#"
            surprise = 1
            [server]
            listen_on = "127.0.0.1:1"
            shutdown_seconds = 3601
            [engines]
            qwen3_model = "a/b"
            tone = true
            [engines.qwen3]
            streams = 0
            threads = "many"
            frames = 0
            [pipeline]
            attempts = 0
            "#,
        )
        .expect_err("problems");
        for expected in [
            "surprise is not a setting",
            "server.listen_on is not a setting",
            "server.shutdown_seconds must be 0 to 3600",
            "engines.qwen3_model is now engines.qwen3.model",
            "engines.tone is now engines.tone.enabled",
            "engines.qwen3.streams must be 1 to 1024",
            "engines.qwen3.threads: invalid type",
            "engines.qwen3.frames must be 1 to 1000000",
            "pipeline.attempts must be 1 to 100",
        ] {
            let found = problems.iter().any(|problem| problem.starts_with(expected));
            assert!(found, "no {expected:?} in {problems:#?}");
        }
        assert_eq!(problems.len(), 9, "{problems:#?}");
    }

    #[test]
    fn valid_settings_are_read() {
        let config = read_toml("[engines.tone]\nenabled = true\n[engines.qwen3]\nframes = 7\n");
        let engines = config.expect("settings").engines;
        assert!(engines.tone.enabled);
        assert_eq!(engines.qwen3.frames, Some(7));
        assert!(read_toml("").is_ok());
    }

    #[test]
    fn free_keys_of_aliases_are_no_unknown_settings() {
        let text = "[synthesis.aliases.mine]\nenglish = \"flite/slt\"\n";
        assert!(read_toml(text).is_ok());
    }
}
