//! A checkpoint as a `Synthesizer`: missing, invalid, and open.

mod common;

use std::ops::ControlFlow;
use std::path::Path;

use common::engines::{NO_RUNAWAY_STOP, forced, speaker, synthesize};
use common::{checkpoint, copy, preset_request};
use mynah_audio::Clip;
use mynah_qwen3::Qwen3Error;
use mynah_qwen3::engine::EngineOptions;
use mynah_qwen3::kernels::Precision;
use mynah_qwen3::model::Options;
use mynah_qwen3::synthesizer::{Qwen3, SynthesizerOptions};
use mynah_speech::{Cancel, EngineHealth, FinishReason, SpeechError, Synthesizer as _};

fn options(frames: usize) -> SynthesizerOptions {
    SynthesizerOptions {
        model: Options {
            precision: Precision::F32,
            threads: Some(1),
            ..Options::default()
        },
        engine: EngineOptions {
            streams: 1,
            ..EngineOptions::default()
        },
        frames: Some(frames),
        ..SynthesizerOptions::default()
    }
}

fn missing(qwen3: &Qwen3) -> String {
    match qwen3.health() {
        EngineHealth::Missing { reason, fix } => {
            assert!(fix.contains("engines.qwen3.model"), "{fix}");
            reason
        }
        EngineHealth::Ready { version } => panic!("ready: {version:?}"),
    }
}

#[test]
fn missing_checkpoints_report_the_reason_and_have_no_voice() {
    let absent = Qwen3::absent("own/er is not in the cache");
    assert_eq!(missing(&absent), "own/er is not in the cache");
    assert!(absent.voices().is_empty());
    let error = absent.open(&mut |_| ()).expect_err("nothing to open");
    let Qwen3Error::Invalid { param, message } = error else {
        panic!("{error}")
    };
    assert_eq!((param, &*message), ("model", "own/er is not in the cache"));
    let mut discard = |_: Clip| ControlFlow::Continue(());
    let spoken = absent.speak(&preset_request(), &Cancel::new(), &mut discard);
    assert!(matches!(
        spoken,
        Err(SpeechError::Invalid { param: "model", .. })
    ));
}

#[test]
fn invalid_folders_name_the_missing_file() {
    let folder = tempfile::tempdir().expect("a folder");
    // The working directory is a folder like any other.
    for path in [folder.path(), Path::new("")] {
        let qwen3 = Qwen3::new([path], options(5));
        assert!(missing(&qwen3).contains("config.json"));
        let error = qwen3.open(&mut |_| ()).expect_err("no checkpoint");
        assert!(matches!(&error, Qwen3Error::File { .. }), "{error}");
    }
}

#[test]
fn clones_share_one_open_checkpoint() {
    let folder = tempfile::tempdir().expect("a folder");
    copy(&checkpoint("tiny-custom_voice"), folder.path());
    let qwen3 = Qwen3::new([folder.path()], options(5));
    assert!(matches!(qwen3.health(), EngineHealth::Ready { .. }));
    assert_eq!(qwen3.voices()[0].id.name(), "ryan");
    let other = qwen3.clone();
    for one in [&qwen3, &other] {
        let mut samples = 0;
        let mut sink = |clip: Clip| {
            samples += clip.samples.len();
            ControlFlow::Continue(())
        };
        let finish = one.speak(&preset_request(), &Cancel::new(), &mut sink);
        assert_eq!(finish, Ok(FinishReason::Stop));
        assert_eq!(samples, 5 * 1920);
    }
    let engine = qwen3.open(&mut |_| ()).expect("it is open");
    assert_eq!(engine.frames(), 10);
}

#[test]
fn a_sink_break_stops_the_engine_within_one_frame() {
    let qwen3 = Qwen3::new([&*checkpoint("tiny-custom_voice")], options(900));
    let engine = qwen3.open(&mut |_| ()).expect("a checkpoint");
    let cancel = Cancel::new();
    let mut before = 0;
    let mut sink = |_: Clip| {
        cancel.cancel();
        before = engine.frames();
        ControlFlow::Break(())
    };
    let spoken = qwen3.speak(&preset_request(), &cancel, &mut sink);
    assert_eq!(spoken, Err(SpeechError::Cancelled));
    // One slot: this utterance starts when the other is removed.
    synthesize(
        &engine,
        &forced("Hi.", speaker("ryan"), 1, 5),
        NO_RUNAWAY_STOP,
    );
    let more = engine.frames() - before - 5;
    assert!(more <= 1, "{more} frames after the cancel");
}
