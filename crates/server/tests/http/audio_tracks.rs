//! Uploads with several audio tracks.

use serde_json::{Value, json};

use crate::support::TestServer;
use crate::transcription::{PATH, recording, recording_of};

/// A file with an audio track of one sentence and one of two, made by ffmpeg.
async fn two_tracks(server: &TestServer) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let one = recording_of(server, &["Good morning."]).await;
    let two = recording(server).await;
    std::fs::write(folder.path().join("one.wav"), one).unwrap();
    std::fs::write(folder.path().join("two.wav"), two).unwrap();
    let arguments = "-loglevel error -i one.wav -i two.wav -map 0 -map 1 -c:a flac \
        -metadata:s:a:0 language=eng -metadata:s:a:1 language=spa a.mka";
    let status = std::process::Command::new("ffmpeg")
        .current_dir(folder.path())
        .args(arguments.split_whitespace())
        .status()
        .expect("this test needs ffmpeg: apt-get install ffmpeg");
    assert!(status.success());
    std::fs::read(folder.path().join("a.mka")).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn other_audio_tracks_are_named_and_selectable() {
    let server = TestServer::start().await;
    let file = two_tracks(&server).await;
    let verbose = ("response_format", "verbose_json");
    for (track, segments, warned) in [
        (None, 1, true),
        (Some("1"), 1, false),
        (Some("2"), 2, false),
    ] {
        let mut fields = vec![verbose];
        fields.extend(track.map(|track| ("track", track)));
        let response = server.upload(PATH, file.clone(), &fields);
        let response = response.send().await.unwrap();
        let header = response.headers().get("mynah-warnings").cloned();
        assert!(!response.headers().contains_key("mynah-ignored"));
        let heard: Value = response.json().await.unwrap();
        assert_eq!(
            heard["segments"].as_array().unwrap().len(),
            segments,
            "{track:?}"
        );
        assert_eq!(header.is_some(), warned, "{track:?}");
        if let Some(header) = header {
            let header = header.to_str().unwrap();
            assert!(header.contains("not used: 2 (flac, spa)"), "{header}");
            assert_eq!(heard["warnings"], json!([header]));
        } else {
            assert_eq!(heard.get("warnings"), None);
        }
    }
    for (track, status) in [("3", 422), ("0", 400), ("two", 400)] {
        let fields = [("track", track)];
        let response = server.upload(PATH, file.clone(), &fields).send().await;
        let response = response.unwrap();
        assert_eq!(response.status(), status, "{track}");
        let body: Value = response.json().await.unwrap();
        assert_eq!(body["error"]["param"], "track", "{body}");
    }
}
