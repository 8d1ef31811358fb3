import { expect, it } from "vitest";
import { parseEvent } from "./events";

it("reads an event and keeps what it adds", () => {
  const frame = '{"event_id":"e1","type":"session.output_audio.delta","delta":"AAA=","channels":1}';
  expect(parseEvent(frame)).toMatchObject({ type: "session.output_audio.delta", delta: "AAA=" });
});

it.each([
  ["no JSON", "{"],
  ["no object", "[1]"],
  ["null", "null"],
  ["no type", '{"delta":"x"}'],
  ["a type of the future", '{"type":"session.magic"}'],
  ["a type that every object has", '{"type":"toString"}'],
  ["a missing field", '{"type":"session.input_transcript.delta","delta":"x"}'],
  ["a wrong field", '{"type":"session.input_transcript.delta","delta":7,"elapsed_ms":1}'],
  ["an empty error", '{"type":"error","error":null}'],
])("passes over %s", (_, frame) => {
  expect(parseEvent(frame)).toBeUndefined();
});
