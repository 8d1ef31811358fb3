//! Translators that are set up on purpose.

use crate::chat::Endpoint;
use crate::support::Home;

const SECRET: &str = "sk-very-secret";
#[cfg(feature = "marian")]
const TINY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../engines/marian/tests/data");

#[test]
fn a_language_model_at_an_endpoint_translates() {
    let endpoint = Endpoint::saying("El perro.");
    let home = Home::without_engines()
        .with("MYNAH_ENGINES__OPENAI_URL", &endpoint.url)
        .with("MYNAH_ENGINES__OPENAI_MODEL", "small-model")
        .with("MYNAH_ENGINES__OPENAI_KEY", SECRET);
    let said = home.run(&["translate", "The dog.", "--from", "en", "--to", "es"]);
    assert_eq!(said.ok().trim_end(), "El perro.");
    let heard = endpoint.heard.recv().expect("a question");
    assert!(heard.head.contains(SECRET), "the key goes along");
    assert_eq!(heard.body["model"], "small-model");
    let printed = home.run(&["config"]).ok();
    assert!(printed.contains("openai_key = \"***\""), "{printed}");
    assert!(!printed.contains(SECRET));
}

#[test]
fn settings_of_an_endpoint_that_cannot_be_are_refused() {
    let home = || Home::new().with("MYNAH_ENGINES__OPENAI_URL", "http://127.0.0.1:1/v1");
    home()
        .with("MYNAH_ENGINES__OPENAI_SECONDS", "0")
        .run(&["doctor"])
        .fails(2, &["openai_seconds"]);
    home()
        .with("MYNAH_ENGINES__OPENAI_KEY", "two words")
        .run(&["doctor"])
        .fails(2, &["openai_key"]);
    home().run(&["doctor", "--json"]).fails(3, &["openai"]);
}

#[cfg(feature = "marian")]
#[test]
fn a_marian_model_translates_as_the_reference_does() {
    let expected = std::fs::read_to_string(format!("{TINY}/expected.json")).expect("expected.json");
    let expected: serde_json::Value = serde_json::from_str(&expected).expect("JSON");
    let case = &expected["opus-mt-es-en"][5];
    let (text, target) = (case["text"].as_str(), case["decoded"].as_str());
    let home = Home::without_engines().with("MYNAH_ENGINES__MARIAN_MODELS", TINY);
    let text = text.expect("a text");
    let said = home.run(&["translate", text, "--from", "es", "--to", "en"]);
    assert_eq!(Some(said.ok().trim_end()), target);
}
