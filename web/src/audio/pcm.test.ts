import { describe, expect, it } from "vitest";
import { fromBase64, PcmDecoder, toBase64, toPcm16 } from "./pcm";

const SAMPLES = Float32Array.of(0, 0.5, -0.5, 1 / 32_768, -1, 32_767 / 32_768);

describe("samples on the wire", () => {
  it("come back as they were", () => {
    expect(new PcmDecoder().push(toPcm16(SAMPLES))).toEqual(SAMPLES);
  });

  it.each([1, 2, 3, 5, 7])("come back when cut every %i bytes", (size) => {
    const bytes = toPcm16(SAMPLES);
    const decoder = new PcmDecoder();
    const back: number[] = [];
    for (let at = 0; at < bytes.length; at += size) {
      back.push(...decoder.push(bytes.subarray(at, at + size)));
    }
    expect(Float32Array.from(back)).toEqual(SAMPLES);
    expect(decoder.torn).toBe(false);
  });

  it("report when half a sample is missing", () => {
    const decoder = new PcmDecoder();
    decoder.push(Uint8Array.of(1, 2, 3));
    expect(decoder.torn).toBe(true);
  });

  it("are clipped, not wrapped", () => {
    const view = new DataView(toPcm16(Float32Array.of(1.5, -1.5)).buffer);
    expect([view.getInt16(0, true), view.getInt16(2, true)]).toEqual([32_767, -32_768]);
  });

  it("survive base64, also where they are many", () => {
    const bytes = Uint8Array.from({ length: 30_001 }, (_, at) => (at * 31) & 255);
    expect(fromBase64(toBase64(bytes))).toEqual(bytes);
  });
});
