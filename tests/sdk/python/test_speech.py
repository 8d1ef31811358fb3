"""`client.audio.speech`: every format is what it claims to be."""

import json
import subprocess

import openai
import pytest

CODECS = {
    "mp3": "mp3",
    "opus": "opus",
    "aac": "aac",
    "flac": "flac",
    "wav": "pcm_s16le",
    "pcm": "pcm_s16le",
}
TEXT = "The weather is very nice today. I would like a cup of coffee."


def probe(path, *options: str) -> dict:
    """What ffprobe finds in a file."""
    out = subprocess.run(
        ["ffprobe", "-v", "error", *options, "-show_streams", "-show_format", "-of", "json", path],
        check=True,
        capture_output=True,
        text=True,
    )
    return json.loads(out.stdout)


def decoded_seconds(path, *options: str) -> float:
    """How long a file really is, by decoding it: streamed files need not tell."""
    raw = subprocess.run(
        ["ffmpeg", "-v", "error", *options, "-i", path, "-ac", "1", "-ar", "24000", "-f", "s16le", "-"],
        check=True,
        capture_output=True,
    ).stdout
    return len(raw) / 2 / 24000


@pytest.mark.parametrize("format", CODECS)
def test_every_format_is_what_it_claims(client, tmp_path, format):
    path = tmp_path / f"speech.{format}"
    with client.audio.speech.with_streaming_response.create(
        model="tts-1", voice="alloy", input=TEXT, response_format=format
    ) as response:
        assert response.headers["mynah-engine"] == "flite"
        response.stream_to_file(path)
    raw = ["-f", "s16le", "-ar", "24000"] if format == "pcm" else []
    stream = probe(path, *raw)["streams"][0]
    assert stream["codec_name"] == CODECS[format]
    assert stream["channels"] == 1
    assert 2.5 < decoded_seconds(path, *raw) < 8


def test_speed_shortens_the_take(client, tmp_path):
    def seconds(speed: float) -> float:
        path = tmp_path / f"{speed}.wav"
        client.audio.speech.create(
            model="tts-1", voice="onyx", input=TEXT, response_format="wav", speed=speed
        ).write_to_file(path)
        return decoded_seconds(path)

    assert seconds(2.0) == pytest.approx(seconds(1.0) / 2, rel=0.08)


def test_a_voice_may_be_an_object(client):
    speech = client.audio.speech.create(
        model="gpt-4o-mini-tts", voice={"id": "flite/rms"}, input="Hello.", response_format="pcm"
    )
    assert len(speech.content) > 10_000


def test_events_carry_the_sound_and_end_with_usage(client):
    with client.audio.speech.with_streaming_response.create(
        model="gpt-4o-mini-tts", voice="nova", input=TEXT, response_format="pcm", stream_format="sse"
    ) as response:
        events = [json.loads(line[6:]) for line in response.iter_lines() if line.startswith("data: ")]
    assert [event["type"] for event in events[:-1]] == ["speech.audio.delta"] * (len(events) - 1)
    assert events[-1]["type"] == "speech.audio.done"
    assert events[-1]["usage"]["total_tokens"] > 0


@pytest.mark.parametrize(
    ("change", "param"),
    [({"input": ""}, "input"), ({"voice": "nobody"}, "voice"), ({"response_format": "midi"}, "response_format"), ({"speed": 9}, "speed")],
)
def test_what_is_wrong_is_named(client, change, param):
    request = {"model": "tts-1", "voice": "alloy", "input": TEXT} | change
    with pytest.raises(openai.BadRequestError) as raised:
        client.audio.speech.create(**request)
    assert raised.value.param == param
    assert raised.value.code


def test_models_are_listed(client):
    assert {"tts-1", "whisper-1"} <= {model.id for model in client.models.list()}
