//! File, then environment, then flags; unknown keys are errors.

use crate::support::Home;

#[test]
fn an_unknown_key_is_an_error() {
    let home = Home::new();
    home.write("a.toml", "[server]\nlisten_on = 1\n");
    home.run(&["--config", "a.toml", "config"])
        .fails(2, &["listen_on"]);
    Home::new()
        .with("MYNAH_SERVER__LISTEN_ON", "1")
        .run(&["config"])
        .fails(2, &["listen_on"]);
}

#[test]
fn the_environment_goes_over_the_file() {
    let home = Home::new().with("MYNAH_SERVER__LISTEN", "127.0.0.1:7002");
    home.write(
        "a.toml",
        "[server]\nlisten = \"127.0.0.1:7001\"\nrequire_keys = true\n",
    );
    let printed = home.run(&["--config", "a.toml", "config"]).ok();
    assert!(printed.contains("listen = \"127.0.0.1:7002\""), "{printed}");
    assert!(printed.contains("require_keys = true"), "{printed}");
}

#[test]
fn what_is_printed_can_be_read_again() {
    let home = Home::new();
    let printed = home.run(&["config"]).ok();
    home.write("again.toml", &printed);
    assert_eq!(
        home.run(&["--config", "again.toml", "config"]).ok(),
        printed
    );
}

#[test]
fn a_settings_file_that_is_named_must_exist() {
    Home::new()
        .run(&["--config", "no.toml", "config"])
        .fails(2, &["no.toml"]);
}

#[test]
fn a_server_for_others_needs_keys() {
    Home::new()
        .run(&["serve", "--listen", "0.0.0.0:0"])
        .fails(2, &["mynah keys add"]);
}

#[test]
fn a_key_is_shown_once_and_can_be_revoked() {
    let home = Home::new();
    let key = home.run(&["keys", "add", "laptop"]).ok();
    assert!(key.starts_with("mynah-"), "{key}");
    let listed = home.run(&["keys", "list", "--json"]).ok();
    assert!(
        listed.contains("laptop") && !listed.contains(key.trim()),
        "{listed}"
    );
    home.run(&["keys", "revoke", "laptop"]).ok();
    assert_eq!(home.run(&["keys", "list", "--json"]).ok().trim(), "[]");
    home.run(&["keys", "revoke", "laptop"])
        .fails(2, &["laptop"]);
}
