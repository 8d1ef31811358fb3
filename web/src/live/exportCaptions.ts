import type { Caption } from "./captions";

export const EXPORT_FORMATS = ["srt", "vtt", "txt"] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];
/** Which of the two texts. */
export type Side = "source" | "translation";

interface Cue {
  startMs: number;
  endMs: number;
  text: string;
}

function pad(value: number, width: number): string {
  return String(Math.floor(value)).padStart(width, "0");
}

function stamp(ms: number, comma: boolean): string {
  const whole = Math.max(0, Math.round(ms));
  const seconds = `${pad((whole / 1_000) % 60, 2)}${comma ? "," : "."}${pad(whole % 1_000, 3)}`;
  return `${pad(whole / 3_600_000, 2)}:${pad((whole / 60_000) % 60, 2)}:${seconds}`;
}

/** Finished sentences with words on this side, without blank lines, which would end a cue. */
function cues(rows: readonly Caption[], side: Side): Cue[] {
  return rows.flatMap((row) => {
    const text = row[side].trim().replaceAll(/\n\s*\n/gu, "\n");
    const { startMs, endMs } = row;
    const whole = row.state === "done" && text !== "" && startMs !== undefined && endMs !== undefined;
    return whole ? [{ startMs, endMs, text }] : [];
  });
}

function srt(list: readonly Cue[]): string {
  return list
    .map((cue, at) => {
      const time = `${stamp(cue.startMs, true)} --> ${stamp(cue.endMs, true)}`;
      return `${at + 1}\n${time}\n${cue.text}\n`;
    })
    .join("\n");
}

/** `-->`, `&` and `<` have a meaning in WebVTT. */
function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

function vtt(list: readonly Cue[]): string {
  const blocks = list.map((cue) => {
    const time = `${stamp(cue.startMs, false)} --> ${stamp(cue.endMs, false)}`;
    return `${time}\n${escaped(cue.text)}\n`;
  });
  return ["WEBVTT\n", ...blocks].join("\n");
}

/** The captions as a file's text. */
export function exported(rows: readonly Caption[], format: ExportFormat, side: Side): string {
  const list = cues(rows, side);
  if (format === "srt") return srt(list);
  if (format === "vtt") return vtt(list);
  return list.map((cue) => `${cue.text}\n`).join("");
}
