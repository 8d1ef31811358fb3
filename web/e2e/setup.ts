import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import path from "node:path";
import { SPEECH_WAV } from "../playwright.config";

/** The audio of the fake microphone: two sentences with a pause, and silence after them. */
const SENTENCES = ["The weather is very nice today.", "We will go to the park."];

/** Makes the recording with flite, padded so that the voice detector finds where each sentence ends. */
export default function setup(): void {
  const folder = path.dirname(SPEECH_WAV);
  mkdirSync(folder, { recursive: true });
  const parts = SENTENCES.map((sentence, at) => {
    const raw = path.join(folder, `raw-${at}.wav`);
    const padded = path.join(folder, `part-${at}.wav`);
    execFileSync("flite", ["-voice", "slt", "-t", sentence, "-o", raw]);
    execFileSync("sox", [raw, "-r", "48000", "-c", "1", padded, "pad", "1", "1.5"]);
    return padded;
  });
  execFileSync("sox", [...parts, SPEECH_WAV, "pad", "0", "2"]);
}
