//! From an uploaded file to a clone prompt, saved and loaded.

mod common;

use common::loud::Loud;
use common::{Case, checkpoint};
use mynah_audio::{Clip, Format, SampleRate, Tags, encode_whole};
use mynah_qwen3::Qwen3Error;
use mynah_qwen3::kernels::Precision;
use mynah_qwen3::model::{Model, Options};
use mynah_qwen3::request::ClonePrompt;
use mynah_qwen3::voice::ClonedVoice;
use mynah_silero::Silero;
use mynah_speech::recording::{InvalidRecording, Recording};
use mynah_speech::{Consent, Reference};

fn open(name: &str) -> Model {
    let options = Options {
        precision: Precision::F32,
        threads: Some(2),
        ..Options::default()
    };
    Model::open(&checkpoint(name), &options, &mut |_| ()).expect(name)
}

/// A file of the dumps' recording, twice: a hum.
fn reference() -> Reference {
    let (samples, _) = Case::open("tiny-base", "clone_prompt").tensor("ref_wav");
    let clip = Clip::new(SampleRate::HZ_24000, samples.repeat(2));
    let file = encode_whole(&clip, Format::Flac, &Tags::default()).expect("a file");
    Reference {
        audio: file.into(),
        text: Some("A hum, twice.".into()),
        x_vector_only: false,
        provenance: Consent::now("Ana", "Use my voice.")
            .expect("consent")
            .into(),
    }
}

fn clone_prompt(model: &Model, reference: &Reference) -> Result<ClonePrompt, Qwen3Error> {
    let recording = Recording::read(&reference.audio.read().expect("a file"), &mut Loud)?;
    model.create_clone_prompt(recording.samples(), reference.transcript())
}

#[test]
fn clone_prompts_from_files_can_be_saved() {
    let model = open("tiny-base");
    let reference = reference();
    let prompt = clone_prompt(&model, &reference).expect("a voice");
    let recording =
        Recording::read(&reference.audio.read().expect("a file"), &mut Loud).expect("a recording");
    let spoken = prompt.reference.as_ref().expect("it was given its words");
    assert_eq!(spoken.text, "A hum, twice.");
    assert_eq!(
        spoken.codes.len(),
        recording.samples().len().div_ceil(1920) * 16
    );
    assert_eq!(
        prompt.embedding.len(),
        model.config().talker_config.hidden_size
    );

    let folder = tempfile::TempDir::new().expect("a folder");
    let path = folder.path().join("ana.safetensors");
    let voice = ClonedVoice {
        prompt,
        checkpoint: "tiny-base".into(),
        consent: reference.provenance.consent().expect("consent").clone(),
    };
    voice.save(&path).expect("saved");
    let kept = ClonedVoice::load(&path, "tiny-base").expect("loaded");
    assert_eq!(kept, voice);
}

#[test]
fn x_vector_prompts_have_no_transcript_and_no_codes() {
    let model = open("tiny-base");
    let with = clone_prompt(&model, &reference()).expect("a voice");
    let without = clone_prompt(
        &model,
        &Reference {
            x_vector_only: true,
            ..reference()
        },
    )
    .expect("a voice");
    assert_eq!(without.embedding, with.embedding);
    assert!(without.reference.is_none());
}

#[test]
fn only_base_checkpoints_encode_references() {
    let error = clone_prompt(&open("tiny-custom_voice"), &reference()).expect_err("an error");
    assert!(matches!(error, Qwen3Error::Unsupported { .. }), "{error}");
}

#[test]
fn silence_and_noise_are_no_recordings() {
    let mut random = 1_u32;
    for amplitude in [0.0, 0.01, 0.3] {
        let noise = std::iter::repeat_with(|| {
            random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            amplitude * (random as f32 / u32::MAX as f32 * 2.0 - 1.0)
        });
        let clip = Clip::new(SampleRate::HZ_24000, noise.take(120_000).collect());
        let refused = Recording::from_clip(&clip, &mut Silero::new());
        assert!(
            matches!(refused, Err(InvalidRecording::NoSpeech { .. })),
            "{refused:?}"
        );
    }
}
