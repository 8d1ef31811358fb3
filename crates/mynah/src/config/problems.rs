//! Everything that is wrong with the settings, at once: unknown and renamed keys, values of the wrong
//! type, values out of their range.

use figment::error::{Actual, Kind};
use figment::providers::Serialized;
use figment::value::{Dict, Tag, Value};
use figment::{Figment, Profile, Provider as _};
use mynah_settings::InvalidSettings;
use mynah_settings::schema::{properties, range_of, resolve};
use schemars::Schema;
use serde_json::Value as Json;

use super::Config;
use super::renamed::RENAMED;

/// The settings of these layers, or all that is wrong with them.
pub(super) fn read(layers: &Figment) -> Result<Config, Vec<String>> {
    // Not extracted: the tags by which values are traced to their source would be lost.
    let mut profiles = layers.data().map_err(messages)?;
    let mut given = profiles.remove(&Profile::Default).unwrap_or_default();
    let mut problems = Vec::new();
    for (old, new) in RENAMED {
        let path: Vec<&str> = old.split('.').collect();
        // A table may have taken the name of a value.
        let found = find(&given, &path).filter(|value| value.as_dict().is_none());
        if let Some(tag) = found.map(Value::tag) {
            remove(&mut given, &path);
            problems.push(format!("{old} is now {new}{}", source(layers, tag)));
        }
    }
    let schema = schemars::schema_for!(Config);
    for (path, tag) in unknown(&given, &schema, schema.as_value()) {
        let path: Vec<&str> = path.iter().map(String::as_str).collect();
        remove(&mut given, &path);
        let source = source(layers, tag);
        problems.push(format!("{} is not a setting{source}", shown(&path)));
    }
    let config = typed(layers, given, &schema, &mut problems);
    if let Some(config) = &config {
        let wrong = mynah_settings::check(config).err();
        let wrong = wrong.iter().flat_map(InvalidSettings::problems);
        problems.extend(wrong.map(ToString::to_string));
    }
    match config {
        Some(config) if problems.is_empty() => Ok(config),
        _ => Err(problems),
    }
}

/// The settings, with the default in place of each value of the wrong type, which is a problem.
fn typed(
    layers: &Figment,
    mut given: Dict,
    schema: &Schema,
    problems: &mut Vec<String>,
) -> Option<Config> {
    loop {
        let settings = Figment::from(Serialized::defaults(Config::default()))
            .merge(Serialized::defaults(given.clone()))
            .extract::<Config>();
        let error = match settings {
            Ok(config) => return Some(config),
            Err(error) => error,
        };
        let path: Vec<&str> = error.path.iter().map(String::as_str).collect();
        let name = shown(&path);
        let range = range_of(schema, &error.path.join("."));
        let reason = match (&error.kind, range) {
            // A number that does not even fit into its type.
            (Kind::InvalidValue(Actual::Unsigned(_) | Actual::Signed(_), _), Some(range)) => {
                format!(" must be {range}")
            }
            // Without the value, which may be a password that looks like a number.
            (Kind::InvalidType(_, expected), _) if expected.contains("string") => {
                ": must be text; a number or a truth value is put in quotes".to_owned()
            }
            (kind, _) => format!(": {kind}"),
        };
        let value = find_innermost(&given, &path);
        let source = value.map_or_else(String::new, |value| source(layers, value.tag()));
        problems.push(format!("{name}{reason}{source}"));
        if !remove_innermost(&mut given, &path) {
            return None;
        }
    }
}

/// The paths of keys that are no settings, each with the tag of its value.
fn unknown(given: &Dict, schema: &Schema, described: &Json) -> Vec<(Vec<String>, Tag)> {
    let mut found = Vec::new();
    if described.get("properties").is_none() {
        // A table whose keys are free, such as names of voices.
        return found;
    }
    for (name, value) in given {
        match (properties(described).find(|(own, _)| own == name), value) {
            (None, _) => found.push((vec![name.clone()], value.tag())),
            (Some((_, inner)), Value::Dict(_, inner_given)) => {
                for (mut path, tag) in unknown(inner_given, schema, resolve(schema, inner)) {
                    path.insert(0, name.clone());
                    found.push((path, tag));
                }
            }
            (Some(_), _) => {}
        }
    }
    found
}

/// A path as TOML writes it: a part with other characters than those of bare keys is quoted.
fn shown(path: &[&str]) -> String {
    let bare = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    let part = |part: &&str| {
        if !part.is_empty() && part.chars().all(bare) {
            (*part).to_owned()
        } else {
            format!("{part:?}")
        }
    };
    path.iter().map(part).collect::<Vec<_>>().join(".")
}

fn messages(error: figment::Error) -> Vec<String> {
    error.into_iter().map(|error| error.to_string()).collect()
}

/// Where the value of this tag was given: a file or the environment.
fn source(layers: &Figment, tag: Tag) -> String {
    let metadata = layers.get_metadata(tag);
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

/// The value of a path, or of the innermost value that holds it, such as a list.
fn find_innermost<'a>(given: &'a Dict, path: &[&str]) -> Option<&'a Value> {
    let outer = (1..=path.len()).rev();
    outer
        .filter_map(|parts| path.get(..parts))
        .find_map(|path| find(given, path))
}

/// Removes the value of exactly this path.
fn remove(given: &mut Dict, path: &[&str]) {
    match path.split_first() {
        Some((last, [])) => {
            given.remove(*last);
        }
        Some((first, rest)) => {
            if let Some(Value::Dict(_, inner)) = given.get_mut(*first) {
                remove(inner, rest);
            }
        }
        None => {}
    }
}

/// Removes a value, or the innermost value that holds it, such as a list. False where there is none.
fn remove_innermost(given: &mut Dict, path: &[&str]) -> bool {
    let Some((first, rest)) = path.split_first() else {
        return false;
    };
    if let (false, Some(Value::Dict(_, inner))) = (rest.is_empty(), given.get_mut(*first))
        && remove_innermost(inner, rest)
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
    fn one_wrong_value_of_every_section_is_in_one_report() {
        let problems = read_toml(
            r#"
            [server]
            proxies = ["proxy"]
            origins = ["*"]
            [server.limits]
            key_share_percent = 101
            connections = -1
            arriving_bytes = 1000
            [gateway]
            max_chunk_ms = 9
            resume_key = "short"
            [gateway.bus]
            chunk_ms = 501
            [gateway.ws_audio]
            idle_seconds = 0
            [synthesis]
            runaway_seconds_per_char = nan
            [synthesis.pauses]
            cut_ms = 10001
            [interpreter]
            buffer_seconds = 601
            [interpreter.segmenter]
            pad_after_ms = 351
            [interpreter.subtitles]
            max_line_count = 5
            [bus]
            registry = "https://me:hunter2@registry"
            linger_ms = 101
            [bus.security]
            key_password = "hunter2"
            [storage]
            url = "ftp://hunter2"
            link_minutes = 16
            [database]
            url = "mysql://me:hunter2@db"
            [voices]
            blobs = "ftp://hunter2"
            max = 0
            [pipeline]
            waiting = 15
            [recording]
            max_seconds = 0
            [recognition]
            prefer = 1
            [translation]
            prefer = 1
            [models]
            allow_pull = "sometimes"
            [engines.whisper]
            threads = 65
            [log]
            filter = "mynah=loud"
            [telemetry]
            otlp = "collector:4318"
            "#,
        )
        .expect_err("problems");
        let expected = [
            "server.proxies[0] must be an address or a network",
            "server.origins[0] must be like https://example.org",
            "server.limits.key_share_percent must be 1 to 100",
            "server.limits.connections must be 1 to 100000",
            "server.limits.arriving_bytes must be at least arriving_bytes_per_caller",
            "gateway.max_chunk_ms must be 10 to 60000",
            "gateway.resume_key must have at least 16 bytes",
            "gateway.bus.chunk_ms must be 200 to 500",
            "gateway.ws_audio.idle_seconds must be 1 to 86400",
            "synthesis.runaway_seconds_per_char must be a number",
            "synthesis.pauses.cut_ms must be 0 to 10000",
            "interpreter.buffer_seconds must be 1 to 600",
            "interpreter.segmenter.pad_after_ms must be at most hang_over_ms",
            "interpreter.subtitles.max_line_count must be 1 to 4",
            "bus.registry must not hold a user or password",
            "bus.linger_ms must be 0 to 100",
            "bus.security.key_password needs key_file",
            "storage.url must begin with s3:// or file://",
            "storage.link_minutes must be 1 to 15",
            "database.url must be sqlite:///FOLDER/FILE or postgres://USER:PASSWORD@HOST/DATABASE",
            "voices.blobs must begin with s3:// or file://",
            "voices.max must be 1 to 1000000",
            "pipeline.waiting must be 16 to 65536",
            "recording.max_seconds must be at least 1",
            "recognition.prefer: ",
            "translation.prefer: ",
            "models.allow_pull: ",
            "engines.whisper.threads must be 0 to 64",
            "log.filter must be directives",
            "telemetry.otlp must begin with http:// or https://",
        ];
        for expected in expected {
            let found = problems.iter().any(|problem| problem.starts_with(expected));
            assert!(found, "no {expected:?} in {problems:#?}");
        }
        assert_eq!(problems.len(), expected.len(), "{problems:#?}");
        assert!(!problems.concat().contains("hunter2"), "{problems:#?}");
        for (section, _) in properties(schemars::schema_for!(Config).as_value()) {
            let found = expected.iter().any(|problem| problem.starts_with(section));
            assert!(found, "no wrong value of [{section}] is tested");
        }
    }

    #[test]
    fn dotted_quoted_keys_are_reported_as_written() {
        let problems = read_toml(
            r#"
            "engines.tone" = true
            "server.shutdown_seconds" = 1
            [server]
            shutdown_seconds = 3601
            "limits.connections" = 1
            [server.limits]
            connections = 0
            "#,
        )
        .expect_err("problems");
        for expected in [
            r#""engines.tone" is not a setting"#,
            r#""server.shutdown_seconds" is not a setting"#,
            r#"server."limits.connections" is not a setting"#,
            "server.shutdown_seconds must be 0 to 3600",
            "server.limits.connections must be 1 to 100000",
        ] {
            let found = problems.iter().any(|problem| problem.starts_with(expected));
            assert!(found, "no {expected:?} in {problems:#?}");
        }
        assert_eq!(problems.len(), 5, "{problems:#?}");
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
        let text = "[synthesis.aliases.mine]\nvoices = [\"flite/slt\"]\n";
        assert!(read_toml(text).is_ok());
    }
}
