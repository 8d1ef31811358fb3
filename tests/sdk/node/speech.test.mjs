// The official Node SDK, unmodified, against the real program.

import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { createReadStream, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import OpenAI from "openai";

const SENTENCE = "The weather is very nice today.";
const CODECS = { mp3: "mp3", opus: "opus", aac: "aac", flac: "flac", wav: "pcm_s16le", pcm: "pcm_s16le" };
const mynah = process.env.MYNAH_BIN;
const folder = mkdtempSync(join(tmpdir(), "mynah-sdk-"));
let server;
let client;

before(async () => {
  server = spawn(mynah, ["serve", "--listen", "127.0.0.1:0"], { stdio: ["ignore", "pipe", "ignore"] });
  const address = await new Promise((resolve, reject) => {
    let said = "";
    server.stdout.on("data", (bytes) => {
      said += bytes;
      const found = said.match(/listening on (http:\/\/\S+)\n/);
      if (found) resolve(found[1]);
    });
    server.on("exit", (code) => reject(new Error(`the server ended with ${code}: ${said}`)));
  });
  client = new OpenAI({ baseURL: `${address}/v1`, apiKey: "not-needed-on-loopback", maxRetries: 0 });
});

after(() => server?.kill());

for (const [format, codec] of Object.entries(CODECS)) {
  test(`speaks ${format}`, async () => {
    const speech = await client.audio.speech.create({
      model: "tts-1",
      voice: "shimmer",
      input: SENTENCE,
      response_format: format,
    });
    const path = join(folder, `speech.${format}`);
    writeFileSync(path, Buffer.from(await speech.arrayBuffer()));
    const raw = format === "pcm" ? ["-f", "s16le", "-ar", "24000"] : [];
    const probed = execFileSync("ffprobe", ["-v", "error", ...raw, "-show_entries", "stream=codec_name", "-of", "csv=p=0", path]);
    assert.equal(probed.toString().trim(), codec);
  });
}

test("transcribes what it spoke", async () => {
  const path = join(folder, "sentence.wav");
  execFileSync(mynah, ["say", SENTENCE, "--voice", "flite/slt", "-o", path]);
  const transcription = await client.audio.transcriptions.create({ model: "whisper-1", file: createReadStream(path) });
  assert.equal(transcription.text, SENTENCE);
});

test("names what is wrong", async () => {
  await assert.rejects(
    client.audio.speech.create({ model: "tts-1", voice: "nobody", input: SENTENCE }),
    (error) => error instanceof OpenAI.BadRequestError && error.param === "voice",
  );
});
