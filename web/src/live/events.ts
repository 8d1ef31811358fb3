/** The messages of the live connection: the types of the contract, and checks of received data. */

import type { components } from "../api/schema.gen";

type Schemas = components["schemas"];

export type ServerEvent = Schemas["ServerEventBody"];
export type ClientEvent = Schemas["ClientEvent"];
export type Engines = Schemas["SegmentEngines"];
export type Timings = Schemas["SegmentTimings"];

/** The fields that this page needs of each event, with their types. */
const SHAPES: Record<ServerEvent["type"], Record<string, "string" | "number" | "object">> = {
  "session.created": { session: "object" },
  "session.updated": {},
  "session.resumed": { through_sample: "number" },
  "session.input_audio.acknowledged": { through_sample: "number" },
  "session.closed": {},
  "session.input_transcript.preview": { segment: "number", text: "string" },
  "session.input_transcript.delta": { delta: "string", elapsed_ms: "number" },
  "session.output_transcript.delta": { delta: "string", elapsed_ms: "number" },
  "session.output_audio.delta": { delta: "string" },
  "session.segment.done": {
    segment: "number",
    start_ms: "number",
    end_ms: "number",
    source: "string",
    translation: "string",
    timings: "object",
  },
  "session.segment.failed": { segment: "number", code: "string", message: "string" },
  error: { error: "object" },
};

/** The event in a frame; undefined for kinds that are newer than this page, and for what is broken. */
export function parseEvent(frame: unknown): ServerEvent | undefined {
  let value: unknown;
  try {
    value = JSON.parse(String(frame));
  } catch {
    return undefined;
  }
  if (typeof value !== "object" || value === null) return undefined;
  const fields = value as Record<string, unknown>;
  const type = fields["type"];
  if (typeof type !== "string" || !Object.hasOwn(SHAPES, type)) return undefined;
  const shape = Object.entries(SHAPES[type as ServerEvent["type"]]);
  const whole = shape.every(([name, kind]) => typeof fields[name] === kind && fields[name] !== null);
  return whole ? (fields as unknown as ServerEvent) : undefined;
}
