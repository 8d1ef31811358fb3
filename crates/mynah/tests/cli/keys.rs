//! Keys at both servers: made and revoked while they run, guessed, used up and shared.

use std::time::Instant;

use mynah_api::realtime::ServerEventBody;
use mynah_realtime_client::EventReceiver;

use crate::servers::{SERVERS, Server, TIMEOUT, add_key, home_with_keys, sentence};

/// The codes of all errors until the connection is closed.
async fn errors(mut hearing: EventReceiver) -> Vec<String> {
    let mut codes = Vec::new();
    let ended = async {
        while let Ok(Some(event)) = hearing.next().await {
            if let ServerEventBody::Error { error } = event {
                codes.push(error.code);
            }
        }
    };
    tokio::time::timeout(TIMEOUT, ended)
        .await
        .expect("it is closed");
    codes
}

#[tokio::test(flavor = "multi_thread")]
async fn both_servers_end_sessions_of_a_revoked_key() {
    for command in SERVERS {
        let home = home_with_keys();
        let ada = add_key(&home, "Ada");
        let server = Server::start(&home, command);
        let (_speaking, hearing) = server.connect_soon(&ada).await;
        let bob = add_key(&home, "Bob");
        let (_bobs, mut bob_hears) = server.connect_soon(&bob).await;
        home.run(&["keys", "revoke", "Ada"]).ok();
        let began = Instant::now();
        assert_eq!(errors(hearing).await, ["invalid_api_key"], "{command}");
        println!(
            "{command}: closed {:?} after the key was revoked",
            began.elapsed()
        );
        assert!(server.connect(&ada).await.is_err(), "{command}");
        // The other key's session goes on.
        let created = bob_hears.next().await.expect("it is open");
        assert!(matches!(created, Some(ServerEventBody::Created { .. })));
        assert!(server.connect(&bob).await.is_ok(), "{command}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn guesses_by_upgrade_are_counted_at_both_servers() {
    for command in SERVERS {
        let home = home_with_keys()
            .with("MYNAH_SERVER__LIMITS__REQUESTS_PER_MINUTE", "1")
            .with("MYNAH_SERVER__LIMITS__REQUEST_BURST", "4");
        add_key(&home, "Ada");
        let server = Server::start(&home, command);
        let url = server.url("/v1/realtime/translations?model=test");
        let http = reqwest::Client::new();
        let mut statuses = Vec::new();
        for guess in 0..6 {
            let upgrade = http
                .get(&url)
                .header("connection", "upgrade")
                .header("upgrade", "websocket")
                .header("sec-websocket-version", "13")
                .header("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==");
            let guess = match guess % 2 {
                0 => upgrade.header("authorization", format!("Bearer guess-{guess}")),
                _ => upgrade.header(
                    "sec-websocket-protocol",
                    format!("realtime, openai-insecure-api-key.guess-{guess}"),
                ),
            };
            let answer = guess.send().await.expect("an answer");
            statuses.push(answer.status().as_u16());
        }
        assert_eq!(statuses, [401, 401, 401, 401, 429, 429], "{command}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_live_session_uses_up_the_audio_of_its_key() {
    for command in SERVERS {
        let home = home_with_keys().with("MYNAH_SERVER__LIMITS__AUDIO_SECONDS_PER_HOUR", "1");
        let ada = add_key(&home, "Ada");
        let sentence = sentence(&home);
        let server = Server::start(&home, command);
        let (mut speaking, hearing) = server.connect_soon(&ada).await;
        // The second sentence may find the connection closed.
        for _ in 0..2 {
            if speaking.append_all(&sentence.samples, false).await.is_err() {
                break;
            }
        }
        assert_eq!(errors(hearing).await, ["rate_limited"], "{command}");
        assert!(server.connect(&ada).await.is_err(), "{command}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_leaves_live_sessions_to_another() {
    for command in SERVERS {
        let home = home_with_keys().with("MYNAH_GATEWAY__MAX_CONNECTIONS", "2");
        let ada = add_key(&home, "Ada");
        let bob = add_key(&home, "Bob");
        let server = Server::start(&home, command);
        let _first = server.connect_soon(&ada).await;
        assert!(server.connect(&ada).await.is_err(), "{command}");
        assert!(server.connect(&bob).await.is_ok(), "{command}");
    }
}
