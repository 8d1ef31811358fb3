//! Voices that are kept: cloned, listed, spoken, changed, deleted, restored, erased.

use serde_json::Value;

use crate::checkpoints;
use crate::support::Home;

const CONSENT: [&str; 4] = [
    "--consent-speaker",
    "Ana Lima",
    "--consent-statement",
    "I agree.",
];

/// A home with a recording of six seconds.
fn home() -> Home {
    let home = Home::new()
        .with("MYNAH_ENGINES__QWEN3__FRAMES", "7")
        .with("MYNAH_ENGINES__QWEN3__PRECISION", "f32");
    let text = "The weather is very nice today, and we walk along the river until the evening.";
    home.run(&["say", text, "-o", "ana.wav"]).ok();
    home
}

fn clone(home: &Home, more: &[&str]) -> Value {
    let clone = ["voices", "clone", "ana.wav", "--json"];
    let printed = home.run(&[&clone, more, &CONSENT].concat()).ok();
    serde_json::from_str(&printed).expect("JSON")
}

#[test]
fn a_kept_voice_speaks_the_same_by_name_and_by_id() {
    let home = home();
    let model = checkpoints::checkpoint("tiny-base");
    let model = model.to_str().expect("UTF-8");
    home.write("words.txt", "The weather is nice.");
    let voice = clone(&home, &["--name", "Old man", "--ref-text", "@words.txt"]);
    let id = voice["id"].as_str().expect("an id");
    assert_eq!(voice["prompts"][0]["transcript"], "The weather is nice.");
    assert_eq!(voice["consent"]["basis"], "permission");

    let listed = home.run(&["voices"]).ok();
    assert!(
        listed
            .lines()
            .next()
            .is_some_and(|line| line.contains(id) && line.contains("Old man"))
    );
    let say = |voice: &str, out: &str| {
        let say = [
            "say", "Hello.", "--model", model, "--voice", voice, "--seed", "1", "-o", out,
        ];
        home.run(&say).ok();
        std::fs::read(home.path().join(out)).expect("a file")
    };
    let first = say("old MAN", "first.wav");
    assert!(first.len() > 1_000);
    // The second time from the tensors that were kept.
    assert!(first == say(id, "second.wav"), "the sound differs");
    let other = clone(&home, &["--name", "Other", "--x-vector-only"]);
    assert_eq!(other["prompts"][0]["x_vector_only"], true);
    assert!(first != say("Other", "third.wav"));
}

#[test]
fn a_voice_is_changed_deleted_restored_and_erased() {
    let home = home();
    let voice = clone(
        &home,
        &["--name", "Ana", "--x-vector-only", "--tag", "book"],
    );
    let id = voice["id"].as_str().expect("an id");
    home.run(&["voices", "edit", "Ana", "--name", "Bea", "--speed", "0.9"])
        .ok();
    let shown = home.run(&["voices", "show", "bea"]).ok();
    for part in [id, "Bea", "book", "Ana Lima", "x-vector"] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    home.run(&["voices", "edit", "Bea", "--speed", "9"])
        .fails(2, &["speed", "0.25"]);

    home.run(&["voices", "remove", "Bea"]).ok();
    home.run(&["voices", "show", "Bea"]).fails(2, &["Bea"]);
    home.run(&["voices", "restore", id]).ok();
    home.run(&["voices", "consent", "Bea", "--revoke"]).ok();
    home.run(&["say", "Hello.", "--voice", "Bea", "-o", "x.wav"])
        .fails(2, &["revoked"]);
    let shown = home.run(&["voices", "show", "Bea"]).ok();
    assert!(shown.contains("revoked"), "{shown}");
    home.run(&[&["voices", "consent", "Bea"][..], &CONSENT].concat())
        .ok();

    let audit = home.run(&["voices", "audit", "Bea"]).ok();
    for event in [
        "created",
        "deleted",
        "restored",
        "consent_revoked",
        "consent_given",
    ] {
        assert!(audit.contains(event), "{event}: {audit}");
    }
    home.run(&["voices", "remove", "Bea", "--erase"]).ok();
    home.run(&["voices", "restore", id])
        .fails(2, &["no such voice"]);
}

#[test]
fn bad_recordings_and_names_are_refused() {
    let home = home();
    home.write("noise.wav", "no sound");
    let voices =
        |arguments: &[&str]| home.run(&[&["voices", "clone"], arguments, &CONSENT].concat());
    voices(&["noise.wav", "--name", "Ana"]).fails(2, &["decoded"]);
    voices(&["ana.wav", "--name", ""]).fails(2, &["1 to 100 characters"]);
    voices(&["nowhere.wav", "--name", "Ana"]).fails(2, &["nowhere.wav"]);
    clone(&home, &["--name", "Ana", "--x-vector-only"]);
    voices(&["ana.wav", "--name", "ANA", "--x-vector-only"]).fails(2, &["this name"]);
    let unsaid = [
        "voices",
        "clone",
        "ana.wav",
        "--name",
        "Bea",
        "--consent-speaker",
        "Ana",
    ];
    home.run(&unsaid).fails(2, &["--consent-statement"]);
}

#[test]
fn commands_that_write_no_voice_create_no_database() {
    let home = Home::new();
    home.run(&["say", "Hello.", "-o", "hello.wav"]).ok();
    home.run(&["voices"]).ok();
    let data = home.path().join(".local/share/mynah/mynah.db");
    assert!(!data.exists());
}

#[test]
fn a_database_of_a_later_version_is_refused() {
    let home = home();
    clone(&home, &["--name", "Ana", "--x-vector-only"]);
    let file = find(home.path(), "mynah.db").expect("a database");
    let later = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
                 VALUES (9999, 'later', TRUE, x'00', 0)";
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        use mynah_database::{Database, sqlx, with_pool};
        let database = Database::open(&mynah_database::DatabaseUrl::Sqlite(file)).await;
        let database = database.expect("it opens");
        with_pool!(database, pool => drop(sqlx::query(later).execute(pool).await.expect("a row")));
        database.close().await;
    });
    home.run(&["voices", "show", "Ana"])
        .fails(1, &["later version", "9999"]);
}

/// A file of this name below a folder.
fn find(folder: &std::path::Path, name: &str) -> Option<std::path::PathBuf> {
    let entries = std::fs::read_dir(folder).ok()?.flatten();
    let mut entries = entries.map(|entry| entry.path());
    entries.find_map(|path| match path.is_dir() {
        true => find(&path, name),
        false => path.ends_with(name).then_some(path),
    })
}
