"""`client.realtime.translations`: a recording is interpreted while it is sent."""

import base64
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
