import { expect, test } from "vitest";
import { engineNames } from "./engineNames";

test("engines are named in the order in which they processed the segment", () => {
  const direct = { recognizer: "whisper", translators: ["bergamot"], via: null, voice: "kokoro/pf_dora" };
  expect(engineNames(direct)).toBe("whisper · bergamot · kokoro/pf_dora");
  const chained = { ...direct, translators: ["bergamot", "apertium"], via: "pt" };
  expect(engineNames(chained)).toBe("whisper · bergamot → pt → apertium · kokoro/pf_dora");
  expect(engineNames({ recognizer: "whisper", translators: [] })).toBe("whisper");
});
