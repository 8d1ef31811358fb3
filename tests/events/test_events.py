"""Recordings are interpreted over Kafka; then Confluent's client reads every topic.

The program runs as a user would run it: init, the stages, a gateway, `mynah interpret`.
"""

import json
import os
import re
import subprocess
import time
import wave
from pathlib import Path

import pytest
from confluent_kafka import Consumer, TopicPartition
from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroDeserializer
from confluent_kafka.serialization import MessageField, SerializationContext

MYNAH = os.environ["MYNAH_BIN"]
SPEECH = (
    "The weather is very nice today. I would like a cup of coffee. Where is the train station?"
)
# A person reads; each file, and its text. Of the package pocketsphinx-testdata.
READINGS = Path("/usr/share/pocketsphinx/test/data/librivox")
# What each stage says of a segment, and where.
OF_SEGMENT = {
    "speech.audio.speech_segment": "SpeechSegmentEvent",
    "speech.asr.text": "TextRecognizedEvent",
    "speech.translation.text": "TextTranslatedEvent",
    "speech.tts.audio": "AudioSynthesisEvent",
}
OTHERS = {
    "speech.audio.ingress": "AudioInputEvent",
    "speech.session.status": "SessionStatusEvent",
    "speech.asr.partial": "PartialTranscriptEvent",
}


def run(*arguments, **environment):
    done = subprocess.run(
        [MYNAH, *arguments],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, **environment},
    )
    return done.stdout


@pytest.fixture(scope="session", autouse=True)
def services():
    """What these tests talk to answers, or they don't begin."""
    script = Path(__file__).parents[2] / "script" / "services"
    found = subprocess.run(
        ["bash", script, "check", "kafka", "registry"], capture_output=True, text=True
    )
    if found.returncode != 0:
        pytest.exit(f"not begun: {found.stdout}{found.stderr}", returncode=1)


class Process:
    """A long-running command, ready once it has printed a line that begins so."""

    def __init__(self, ready, *arguments):
        self.process = subprocess.Popen(
            [MYNAH, *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env={**os.environ, "MYNAH_BUS__KIND": "kafka"},
        )
        self.address = None
        for line in self.process.stdout:
            if line.startswith("listening on http://"):
                self.address = line.split("//", 1)[1].strip()
            if line.startswith(ready):
                return
        raise AssertionError(f"{arguments} ended before it was ready")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(30)


def spoken_by_a_program(path):
    run("say", SPEECH, "--language", "en", "-o", path)
    return SPEECH


def read_by_a_person(path):
    words = []
    with wave.open(path, "wb") as recording:
        for line in (READINGS / "transcription").read_text().splitlines():
            text, name = re.fullmatch(r"<s> (.*) </s> \((.*)\)", line).groups()
            words.append(text)
            with wave.open(str(READINGS / f"{name}.wav")) as part:
                if recording.getnframes() == 0:
                    recording.setparams(part.getparams())
                recording.writeframes(part.readframes(part.getnframes()))
                second = part.getframerate() * part.getsampwidth()
                recording.writeframes(bytes(second))
    return " ".join(words)


@pytest.fixture(scope="module", params=[spoken_by_a_program, read_by_a_person])
def spoken(request, tmp_path_factory):
    """A recording, and its text."""
    recording = str(tmp_path_factory.mktemp("speech") / "speech.wav")
    return recording, request.param(recording)


@pytest.fixture(scope="module")
def interpreted(spoken):
    """The lines of the run in one process and of that over the bus, and when that began."""
    recording, _ = spoken
    languages = ["--from", "en", "--to", "es", "--json"]
    alone = run("interpret", recording, *languages, MYNAH_BUS__KIND="memory")
    run("pipeline", "init", MYNAH_BUS__KIND="kafka")
    stages = Process("ready", "pipeline", "run", "--listen", "127.0.0.1:0")
    with stages, Process("listening", "gateway", "--listen", "127.0.0.1:0") as gateway:
        began = int(time.time() * 1000)
        over_bus = run(
            "interpret", recording, *languages, "--gateway", f"ws://{gateway.address}"
        )
    parse = lambda lines: [json.loads(line) for line in lines.splitlines()]
    return parse(alone), parse(over_bus), began


def events(topic, since_ms):
    """All events of a topic since then, by the registry's schemas. A record may lie there twice:
    the first one of each identity counts."""
    registry = SchemaRegistryClient({"url": os.environ["MYNAH_BUS__REGISTRY"]})
    read = AvroDeserializer(registry)
    consumer = Consumer(
        {
            "bootstrap.servers": os.environ["MYNAH_BUS__BROKERS"],
            "group.id": "nobody",
            "enable.auto.commit": False,
            "enable.partition.eof": False,
        }
    )
    partitions = consumer.list_topics(topic, 10).topics[topic].partitions
    found = {}
    try:
        for number in partitions:
            start = consumer.offsets_for_times([TopicPartition(topic, number, since_ms)], 10)[0]
            _, end = consumer.get_watermark_offsets(TopicPartition(topic, number), 10)
            if start.offset < 0:
                continue
            consumer.assign([start])
            at = start.offset
            while at < end:
                message = consumer.poll(10)
                assert message is not None and message.error() is None
                context = SerializationContext(topic, MessageField.VALUE)
                event = read(message.value(), context)
                assert event["correlation_id"] == message.key().decode()
                found.setdefault(event["event_id"], event)
                at = message.offset() + 1
    finally:
        consumer.close()
    return list(found.values())


def error_rate(reference, hypothesis):
    """Words put in, left out or changed, by the words of the reference."""
    reference, hypothesis = (re.findall(r"[a-z']+", text.lower()) for text in (reference, hypothesis))
    row = list(range(len(hypothesis) + 1))
    for i, word in enumerate(reference):
        diagonal, row[0] = row[0], i + 1
        for j, other in enumerate(hypothesis):
            changed = diagonal + (word != other)
            diagonal = row[j + 1]
            row[j + 1] = min(changed, diagonal + 1, row[j] + 1)
    return row[-1] / len(reference)


def words(lines):
    return [
        (line["source"], line["translation"]) for line in lines if "translation" in line
    ]


def test_the_same_words_are_said_over_the_bus(interpreted):
    alone, over_bus, _ = interpreted
    assert len(words(alone)) >= 2
    assert words(over_bus) == words(alone)


def test_what_was_said_is_heard(spoken, interpreted):
    _, over_bus, _ = interpreted
    rate = error_rate(spoken[1], " ".join(source for source, _ in words(over_bus)))
    print(f"word error rate over the bus: {100 * rate:.1f} %")
    assert rate <= 0.4


def test_every_topic_holds_each_segment(interpreted):
    _, over_bus, since = interpreted
    by_topic = {topic: events(topic, since) for topic in {**OF_SEGMENT, **OTHERS}}
    for topic, record in {**OF_SEGMENT, **OTHERS}.items():
        assert {event["event_type"] for event in by_topic[topic]} <= {record}
    sessions = {event["correlation_id"] for event in by_topic["speech.audio.ingress"]}
    assert len(sessions) == 1
    segments = set(range(len(words(over_bus))))
    for topic in OF_SEGMENT:
        payloads = [event["payload"] for event in by_topic[topic]]
        assert {payload["segment_index"] for payload in payloads} == segments, topic
    recognized = {
        event["payload"]["segment_index"]: event["payload"]["text"]
        for event in by_topic["speech.asr.text"]
    }
    assert [recognized[index] for index in sorted(segments)] == [
        source for source, _ in words(over_bus)
    ]
    speech = [event["payload"] for event in by_topic["speech.tts.audio"]]
    assert sum(payload["is_last"] for payload in speech) == len(segments)
    assert all(payload["audio_bytes"][:4] == b"RIFF" for payload in speech)
    ends = [event["payload"]["kind"] for event in by_topic["speech.session.status"]]
    assert ends == ["ended"]
