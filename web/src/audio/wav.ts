import { toPcm16 } from "./pcm";

/** A mono 16-bit WAV file of these pieces, for playing here; files to keep come from the server. */
export function wavBlob(pieces: readonly Float32Array[], rate: number): Blob {
  const bytes = pieces.reduce((sum, piece) => sum + piece.length * 2, 0);
  const header = new DataView(new ArrayBuffer(44));
  const word = (at: number, text: string) => {
    for (let i = 0; i < 4; i += 1) header.setUint8(at + i, text.charCodeAt(i));
  };
  word(0, "RIFF");
  header.setUint32(4, 36 + bytes, true);
  word(8, "WAVE");
  word(12, "fmt ");
  header.setUint32(16, 16, true);
  header.setUint16(20, 1, true);
  header.setUint16(22, 1, true);
  header.setUint32(24, rate, true);
  header.setUint32(28, rate * 2, true);
  header.setUint16(32, 2, true);
  header.setUint16(34, 16, true);
  word(36, "data");
  header.setUint32(40, bytes, true);
  return new Blob([header.buffer, ...pieces.map(toPcm16)], { type: "audio/wav" });
}
