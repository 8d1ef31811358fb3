//! Translators that are set up on purpose.

use crate::support::Home;

const TINY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../engines/marian/tests/data");

#[cfg(feature = "marian")]
#[test]
fn a_marian_model_translates_as_the_reference_does() {
    let expected = std::fs::read_to_string(format!("{TINY}/expected.json")).expect("expected.json");
    let expected: serde_json::Value = serde_json::from_str(&expected).expect("JSON");
    let case = &expected["opus-mt-es-en"][5];
    let text = case["text"].as_str().expect("a text");
    let home = Home::without_engines().with("MYNAH_ENGINES__MARIAN__MODELS", TINY);
    let said = home.run(&["translate", text, "--from", "es", "--to", "en"]);
    assert_eq!(Some(said.ok().trim_end()), case["decoded"].as_str());
    home.run(&["translate", text, "--from", "es", "--to", "de"])
        .fails(4, &["es to en"]);
}

#[cfg(not(feature = "marian"))]
#[test]
fn a_program_without_marian_names_the_feature() {
    Home::without_engines()
        .with("MYNAH_ENGINES__MARIAN__MODELS", TINY)
        .run(&["doctor"])
        .fails(2, &["--features marian"]);
}
