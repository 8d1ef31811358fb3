/** Sound on the wire: signed 16-bit little-endian, mono. Sound in here: floats in −1…1. */

/** The rate of all sound that the server sends and takes, in Hz. */
export const WIRE_RATE = 24_000;

const FULL_SCALE = 32_768;

/** Turns a stream of bytes, cut anywhere, into samples. */
export class PcmDecoder {
  #odd: number | undefined;

  /** The samples that these bytes complete. */
  push(bytes: Uint8Array): Float32Array {
    const carried = this.#odd === undefined ? 0 : 1;
    const count = (carried + bytes.length) >> 1;
    const samples = new Float32Array(count);
    let at = 0;
    for (let i = 0; i < count; i += 1) {
      const low = i === 0 && this.#odd !== undefined ? this.#odd : (bytes[at++] ?? 0);
      const high = bytes[at++] ?? 0;
      samples[i] = (((high << 8) | low) << 16 >> 16) / FULL_SCALE;
    }
    if (at < bytes.length) this.#odd = bytes[at];
    else if (count > 0) this.#odd = undefined;
    return samples;
  }

  /** Whether half a sample is left over: the stream was cut. */
  get torn(): boolean {
    return this.#odd !== undefined;
  }
}

/** Samples as 16-bit bytes; what is louder than full scale is clipped. */
export function toPcm16(samples: Float32Array): Uint8Array<ArrayBuffer> {
  const view = new DataView(new ArrayBuffer(samples.length * 2));
  for (let i = 0; i < samples.length; i += 1) {
    const scaled = Math.round((samples[i] ?? 0) * FULL_SCALE);
    view.setInt16(i * 2, Math.max(-FULL_SCALE, Math.min(FULL_SCALE - 1, scaled)), true);
  }
  return new Uint8Array(view.buffer);
}

/** Base64 of bytes, in steps that keep the argument lists short. */
export function toBase64(bytes: Uint8Array): string {
  const STEP = 8_192;
  let binary = "";
  for (let at = 0; at < bytes.length; at += STEP) {
    binary += String.fromCharCode(...bytes.subarray(at, at + STEP));
  }
  return btoa(binary);
}

/** The bytes of a base64 text. Throws on what is not base64. */
export function fromBase64(text: string): Uint8Array {
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i += 1) bytes[i] = binary.charCodeAt(i);
  return bytes;
}
