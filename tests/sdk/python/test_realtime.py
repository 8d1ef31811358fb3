"""`client.realtime.translations`: a recording is interpreted while it is sent."""

import base64
import math
import struct
import subprocess

from conftest import SENTENCE

FRAME = 24_000 * 2 // 5  # 200 ms of 16-bit samples


def test_a_file_is_interpreted_live(client, recording):
    pcm = subprocess.run(
        ["ffmpeg", "-v", "error", "-i", recording, "-ac", "1", "-ar", "24000", "-f", "s16le", "-"],
        check=True,
        capture_output=True,
    ).stdout
    pcm += bytes(2 * 24_000)

    with client.realtime.translations.connect(model="gpt-realtime-translate") as connection:
        assert connection.recv().type == "session.created"
        connection.session.update(
            session={"audio": {"input": {"transcription": {"model": "whisper-1"}}, "output": {"language": "es"}}}
        )
        for start in range(0, len(pcm), FRAME):
            audio = base64.b64encode(pcm[start : start + FRAME]).decode()
            connection.session.input_audio_buffer.append(audio=audio)
        connection.session.close()
        events = []
        for event in connection:
            events.append(event)
            if event.type == "session.closed":
                break

    def joined(kind: str) -> str:
        return "".join(event.delta for event in events if event.type == kind)

    assert not [event for event in events if event.type == "error"]
    assert joined("session.input_transcript.delta").strip() == SENTENCE
    assert "tiempo" in joined("session.output_transcript.delta")
    sound = b"".join(base64.b64decode(e.delta) for e in events if e.type == "session.output_audio.delta")
    assert len(sound) > 24_000 * 2, "less than a second of Spanish"
    assert max(abs(int.from_bytes(sound[i : i + 2], "little", signed=True)) for i in range(0, len(sound), 2)) > 3_000
    assert len({event.event_id for event in events}) == len(events)


def pcm_of(recording, rate, *filters):
    """A recording as 16-bit samples at a rate, or as a codec of ffmpeg."""
    return subprocess.run(
        ["ffmpeg", "-v", "error", "-i", recording, "-ac", "1", "-ar", str(rate), *filters, "-"],
        check=True,
        capture_output=True,
    ).stdout


def converse(connection, audio, frame, session):
    """Configures, sends audio in frames and then nothing. Returns all events until a segment is done."""
    assert connection.recv().type == "session.created"
    connection.session.update(session=session)
    updated = connection.recv()
    assert updated.type == "session.updated", updated
    for start in range(0, len(audio), frame):
        connection.session.input_audio_buffer.append(audio=base64.b64encode(audio[start : start + frame]).decode())
    events = []
    for event in connection:
        events.append(event)
        assert event.type not in ("error", "session.closed"), event
        if event.type == "session.segment.done":
            return events


def recognized(events):
    return "".join(e.delta for e in events if e.type == "session.input_transcript.delta").strip()


def test_a_sentence_ends_though_nothing_more_is_sent(client, recording):
    """Push to talk: no silence, no close."""
    pcm = pcm_of(recording, 24_000, "-f", "s16le")
    session = {"audio": {"input": {"transcription": {"model": "whisper-1"}}, "output": {"language": "es"}}}
    with client.realtime.translations.connect(model="gpt-realtime-translate") as connection:
        assert recognized(converse(connection, pcm, FRAME, session)) == SENTENCE
        connection.session.close()


def test_audio_is_taken_in_the_format_that_was_declared(client, recording):
    for declared, codec, rate in [
        ({"type": "audio/pcm", "rate": 24_000}, "s16le", 24_000),
        ({"type": "audio/pcm", "rate": 16_000}, "s16le", 16_000),
        ({"type": "audio/pcm", "rate": 48_000}, "s16le", 48_000),
        ({"type": "audio/pcmu"}, "mulaw", 8_000),
        ({"type": "audio/pcma"}, "alaw", 8_000),
    ]:
        audio = pcm_of(recording, rate, "-f", codec)
        source = {"transcription": {"model": "whisper-1"}, "format": declared}
        session = {"audio": {"input": source, "output": {"language": "es"}}}
        with client.realtime.translations.connect(model="gpt-realtime-translate") as connection:
            events = converse(connection, audio, len(audio) // 10, session)
            words = set(recognized(events).lower().replace(".", "").split())
            # A telephone takes half of the band: most of the words, and never those of a wrong rate.
            assert len(words & set(SENTENCE.lower().replace(".", "").split())) >= 4, (declared, words)
            done = events[-1].model_dump()
            assert done["end_ms"] - done["start_ms"] < 5_000, (declared, done)
            connection.session.close()


def test_a_format_that_cannot_be_taken_is_an_error(client):
    for declared, param in [
        ({"type": "audio/opus"}, "type"),
        ({"type": "audio/pcm", "rate": 1}, "rate"),
        ({"type": "audio/pcmu", "rate": 16_000}, "rate"),
    ]:
        with client.realtime.translations.connect(model="gpt-realtime-translate") as connection:
            assert connection.recv().type == "session.created"
            connection.session.update(session={"audio": {"input": {"format": declared}, "output": {"language": "es"}}})
            event = connection.recv()
            assert event.type == "error" and event.error.code == "unsupported", event
            assert event.error.param == f"session.audio.input.format.{param}"
            connection.session.close()


def sampled(wave, seconds):
    """A function of time as 16-bit samples at 24 kHz."""
    return b"".join(struct.pack("<h", int(12_000 * wave(n / 24_000))) for n in range(int(24_000 * seconds)))


def tone(hz, at):
    return math.sin(2 * math.pi * hz * at)


def test_what_is_no_speech_has_no_words(client):
    def ring(at):
        return (tone(440, at) + tone(480, at)) / 2 if at % 3 < 2 else 0

    def siren(at):
        return tone(650 if at % 1 < 0.5 else 900, at)

    def chords(at):
        root = (220, 247, 196, 262)[int(at / 0.8) % 4]
        notes = [tone(root * step * k, at) / k for step in (1, 1.26, 1.5) for k in (1, 2, 3)]
        return sum(notes) / 5.5 * math.exp(-2 * (at % 0.8))

    for name, wave in {"ring": ring, "siren": siren, "chords": chords}.items():
        pcm = sampled(wave, 6) + bytes(2 * 24_000)
        with client.realtime.translations.connect(model="gpt-realtime-translate") as connection:
            assert connection.recv().type == "session.created"
            for start in range(0, len(pcm), FRAME):
                piece = base64.b64encode(pcm[start : start + FRAME]).decode()
                connection.session.input_audio_buffer.append(audio=piece)
            connection.session.close()
            kinds = {event.type for event in connection}
            assert kinds - {"session.input_audio.acknowledged"} == {"session.closed"}, (name, kinds)
