import { describe, expect, it } from "vitest";
import { realizedStyle } from "./realizedStyle";

describe("the header mynah-style", () => {
  it("names the style, the means, and what was asked for", () => {
    expect(realizedStyle("sad/medium; by=prompt; asked=sad/intense")).toEqual({
      spoken: "sad/medium",
      by: "prompt",
      asked: "sad/intense",
    });
    expect(realizedStyle("radio; by=prosody")).toEqual({ spoken: "radio", by: "prosody", asked: undefined });
  });

  it("that is absent or unknown is none", () => {
    for (const header of [undefined, "", "radio", "radio; by=magic"]) {
      expect(realizedStyle(header)).toBeUndefined();
    }
  });
});
