import { expect, it } from "vitest";
import { type Caption } from "./captions";
import { exported } from "./exportCaptions";

const ROWS: Caption[] = [
  {
    key: 0, preview: "", state: "done", startMs: 0, endMs: 2_150,
    source: "Tom & I: 1 < 2.", translation: " Tom y yo:\n\n1 < 2.",
  },
  { key: 1, preview: "", state: "failed", source: "Lost.", translation: "" },
  {
    key: 2, preview: "", state: "done", startMs: 3_599_999, endMs: 3_661_005.4,
    source: "Bye.", translation: "Adiós.",
  },
  { key: 3, preview: "guess", state: "open", source: "", translation: "" },
];

it("writes SRT", () => {
  expect(exported(ROWS, "srt", "translation")).toBe(
    "1\n00:00:00,000 --> 00:00:02,150\nTom y yo:\n1 < 2.\n\n" +
      "2\n00:59:59,999 --> 01:01:01,005\nAdiós.\n",
  );
});

it("writes VTT, with its signs escaped", () => {
  expect(exported(ROWS, "vtt", "source")).toBe(
    "WEBVTT\n\n00:00:00.000 --> 00:00:02.150\nTom &amp; I: 1 &lt; 2.\n\n" +
      "00:59:59.999 --> 01:01:01.005\nBye.\n",
  );
});

it("writes plain text", () => {
  expect(exported(ROWS, "txt", "source")).toBe("Tom & I: 1 < 2.\nBye.\n");
});
