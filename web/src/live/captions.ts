import type { Engines, ServerEvent, Timings } from "./events";

/** A recognized sentence, from its first preview to its spoken translation. */
export interface Caption {
  readonly key: number;
  /** Its number in its session; known from a preview or when it is done. */
  readonly segment?: number;
  /** Where it ends, in ms of the sound of this page; known once its words are final. */
  readonly endMs?: number;
  readonly startMs?: number;
  /** Guessed words; they change until `source` is there. */
  readonly preview: string;
  readonly source: string;
  readonly translation: string;
  readonly state: "open" | "done" | "failed";
  readonly timings?: Timings;
  readonly engines?: Engines;
  readonly problem?: { code: string; message: string };
}

export interface Captions {
  readonly rows: readonly Caption[];
  /** The position of the session's own time 0, in ms of the sound of this page. */
  readonly originMs: number;
  readonly nextKey: number;
  /** The last sentence that was committed whole, for screen readers. */
  readonly announced: string;
}

export const NO_CAPTIONS: Captions = { rows: [], originMs: 0, nextKey: 0, announced: "" };

/** A session begins (again) with the sound at `originMs`: unfinished sentences are recognized again. */
export function begin(captions: Captions, originMs: number): Captions {
  return { ...captions, originMs, rows: captions.rows.filter((row) => row.state !== "open") };
}

/** The end of the session: previews without a final text are removed. */
export function settle(captions: Captions): Captions {
  const rows = captions.rows.filter((row) => row.state !== "open" || row.source !== "");
  return { ...captions, rows };
}

/** The sentence whose sound comes now: the first that is not done. */
export function speaking(captions: Captions): Caption | undefined {
  return captions.rows.find((row) => row.state === "open");
}

export function reduce(captions: Captions, event: ServerEvent): Captions {
  switch (event.type) {
    case "session.input_transcript.preview":
      return preview(captions, event.segment, event.text);
    case "session.input_transcript.delta":
      return words(captions, event.elapsed_ms, (row) => ({ source: row.source + event.delta }));
    case "session.output_transcript.delta":
      return words(captions, event.elapsed_ms, (row) => ({
        translation: row.translation + event.delta,
      }));
    case "session.segment.done":
      return done(captions, event);
    case "session.segment.failed":
      return failed(captions, event);
    default:
      return captions;
  }
}

function fresh(captions: Captions, part: Partial<Caption>): [Captions, Caption] {
  const row: Caption = {
    key: captions.nextKey,
    preview: "",
    source: "",
    translation: "",
    state: "open",
    ...part,
  };
  return [{ ...captions, nextKey: captions.nextKey + 1, rows: [...captions.rows, row] }, row];
}

function changed(captions: Captions, key: number, part: Partial<Caption>): Captions {
  const rows = captions.rows.map((row) => (row.key === key ? { ...row, ...part } : row));
  return { ...captions, rows };
}

function preview(captions: Captions, segment: number, text: string): Captions {
  const open = captions.rows.find((row) => row.state === "open" && row.segment === segment);
  if (open) return changed(captions, open.key, { preview: text });
  return fresh(captions, { segment, preview: text })[0];
}

/** Committed words name their sentence by its end; the first to come take over the oldest guess. */
function words(
  captions: Captions,
  elapsedMs: number,
  change: (row: Caption) => Partial<Caption>,
): Captions {
  const endMs = captions.originMs + elapsedMs;
  const open = captions.rows.filter((row) => row.state === "open");
  const known = open.find((row) => row.endMs === endMs) ?? open.find((row) => row.endMs === undefined);
  const [base, row] = known ? [captions, known] : fresh(captions, {});
  return changed(base, row.key, { endMs, ...change(row) });
}

type Done = Extract<ServerEvent, { type: "session.segment.done" }>;

function done(captions: Captions, event: Done): Captions {
  const endMs = captions.originMs + event.end_ms;
  const [base, row] = taken(captions, event.segment, endMs);
  const finished = changed(base, row.key, {
    segment: event.segment,
    startMs: captions.originMs + event.start_ms,
    endMs,
    source: event.source,
    translation: event.translation,
    timings: event.timings,
    ...(event.engines && { engines: event.engines }),
    state: "done",
  });
  const announced = event.translation.trim() || event.source.trim();
  return { ...without(finished, event.segment), announced };
}

type Failed = Extract<ServerEvent, { type: "session.segment.failed" }>;

function failed(captions: Captions, event: Failed): Captions {
  const [base, row] = taken(captions, event.segment, undefined);
  const { code, message } = event;
  const finished = changed(base, row.key, {
    segment: event.segment,
    state: "failed",
    problem: { code, message },
  });
  return without(finished, event.segment);
}

/** The open row of a segment that is decided: by its end, by its number, or a new one. */
function taken(captions: Captions, segment: number, endMs: number | undefined): [Captions, Caption] {
  const open = captions.rows.filter((row) => row.state === "open");
  const committed = open.find((row) => row.endMs !== undefined && row.segment === undefined);
  const row =
    open.find((known) => endMs !== undefined && known.endMs === endMs) ??
    open.find((known) => known.segment === segment) ??
    (endMs === undefined ? committed : undefined);
  return row ? [captions, row] : fresh(captions, {});
}

/** Segments are decided in order: an open guess up to this one was of no word. */
function without(captions: Captions, decided: number): Captions {
  const stale = (row: Caption) =>
    row.state === "open" && row.segment !== undefined && row.segment <= decided && row.source === "";
  return { ...captions, rows: captions.rows.filter((row) => !stale(row)) };
}
