"""`client.audio.transcriptions`: a recording becomes text."""

from conftest import SENTENCE


def test_json(client, recording):
    assert client.audio.transcriptions.create(model="whisper-1", file=recording).text == SENTENCE


def test_verbose_json_has_times(client, recording):
    transcription = client.audio.transcriptions.create(
        model="whisper-1", file=recording, response_format="verbose_json"
    )
    assert transcription.text == SENTENCE
    assert transcription.language.startswith("en")
    assert 0 <= transcription.segments[0].start < transcription.segments[0].end <= transcription.duration + 0.1


def test_subtitles(client, recording):
    srt = client.audio.transcriptions.create(model="whisper-1", file=recording, response_format="srt")
    assert srt.startswith("1\n00:00:0") and SENTENCE in srt
    vtt = client.audio.transcriptions.create(model="whisper-1", file=recording, response_format="vtt")
    assert vtt.startswith("WEBVTT") and SENTENCE in vtt


def test_stream(client, recording):
    events = list(client.audio.transcriptions.create(model="gpt-4o-transcribe", file=recording, stream=True))
    deltas = "".join(event.delta for event in events if event.type == "transcript.text.delta")
    assert events[-1].type == "transcript.text.done"
    assert events[-1].text == deltas == SENTENCE
