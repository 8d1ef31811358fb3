import { describe, expect, it } from "vitest";
import { begin, NO_CAPTIONS, reduce, settle, speaking, type Captions } from "./captions";
import type { ServerEvent } from "./events";

const TIMINGS = { detect_ms: 0, queue_ms: 0, recognize_ms: 0, translate_ms: 0, total_ms: 0 };

const preview = (segment: number, text: string): ServerEvent => ({
  type: "session.input_transcript.preview",
  segment,
  text,
});
const recognized = (delta: string, elapsed_ms: number): ServerEvent => ({
  type: "session.input_transcript.delta",
  delta,
  elapsed_ms,
});
const translated = (delta: string, elapsed_ms: number): ServerEvent => ({
  type: "session.output_transcript.delta",
  delta,
  elapsed_ms,
});
const done = (segment: number, end_ms: number, source: string, translation: string): ServerEvent => ({
  type: "session.segment.done",
  segment,
  start_ms: end_ms - 1_000,
  end_ms,
  source,
  translation,
  timings: TIMINGS,
});

function play(events: ServerEvent[], from: Captions = NO_CAPTIONS): Captions {
  return events.reduce(reduce, from);
}

describe("captions", () => {
  it("grow from a guess over committed words to a finished sentence, in one row", () => {
    const events = [
      preview(0, "the wet"),
      preview(0, "the weather is"),
      recognized("The weather is nice.", 2_000),
      translated("Hace buen", 2_000),
      translated(" tiempo.", 2_000),
    ];
    const open = play(events);
    expect(open.rows).toHaveLength(1);
    expect(open.rows[0]).toMatchObject({
      preview: "the weather is",
      source: "The weather is nice.",
      translation: "Hace buen tiempo.",
      state: "open",
    });
    const closed = play([done(0, 2_000, "The weather is nice.", "Hace buen tiempo.")], open);
    expect(closed.rows).toHaveLength(1);
    expect(closed.rows[0]).toMatchObject({ key: open.rows[0]?.key, state: "done", startMs: 1_000 });
    expect(closed.announced).toBe("Hace buen tiempo.");
  });

  it("announce only what is committed whole", () => {
    expect(play([preview(0, "a"), recognized("A.", 500), translated("B.", 500)]).announced).toBe("");
  });

  it("keep two overlapping sentences apart", () => {
    const captions = play([
      recognized("One.", 1_000),
      translated("Uno.", 1_000),
      preview(1, "two"),
      recognized(" Two.", 2_500),
      translated(" Dos.", 2_500),
      done(0, 1_000, "One.", "Uno."),
    ]);
    expect(captions.rows.map((row) => [row.source, row.translation, row.state])).toEqual([
      ["One.", "Uno.", "done"],
      [" Two.", " Dos.", "open"],
    ]);
    expect(speaking(captions)?.source).toBe(" Two.");
  });

  it("drop a guess that came to no word", () => {
    const captions = play([
      preview(0, "uh"),
      preview(1, "hello there"),
      recognized("Hello.", 3_000),
      done(1, 3_000, "Hello.", "Hola."),
    ]);
    expect(captions.rows.map((row) => row.source)).toEqual(["Hello."]);
    expect(settle(play([preview(2, "mm")], captions)).rows).toHaveLength(1);
  });

  it("show a sentence that failed, and go on", () => {
    const failure: ServerEvent = {
      type: "session.segment.failed",
      segment: 0,
      code: "translation_failed",
      message: "No.",
    };
    const captions = play([
      preview(0, "one"),
      recognized("One.", 1_000),
      failure,
      recognized(" Two.", 2_000),
      done(1, 2_000, "Two.", "Dos."),
    ]);
    expect(captions.rows.map((row) => row.state)).toEqual(["failed", "done"]);
    expect(captions.rows[0]).toMatchObject({ source: "One.", problem: { code: "translation_failed" } });
  });

  it("go on after a lost connection: times continue, the unfinished is recognized again", () => {
    const first = play([done(0, 2_000, "One.", "Uno."), preview(1, "two")]);
    const again = play([done(0, 1_500, "Two.", "Dos.")], begin(first, 2_000));
    expect(again.rows.map((row) => [row.source, row.endMs])).toEqual([
      ["One.", 2_000],
      ["Two.", 3_500],
    ]);
    expect(new Set(again.rows.map((row) => row.key)).size).toBe(2);
  });

  it("never change a committed sentence, whatever follows", () => {
    const first = play([done(0, 1_000, "One.", "Uno.")]);
    const kept = first.rows[0];
    const later = play(
      [preview(1, "x"), recognized(" X.", 2_000), translated(" Y.", 2_000), done(1, 2_000, "X.", "Y.")],
      first,
    );
    expect(later.rows[0]).toBe(kept);
  });
});
