import { tmpdir } from "node:os";
import path from "node:path";
import { defineConfig } from "@playwright/test";

/** Debian's Chromium; nothing is downloaded. */
const CHROMIUM = process.env["CHROMIUM"] ?? "/usr/bin/chromium";

const QUIET = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--autoplay-policy=user-gesture-required",
  "--use-fake-device-for-media-stream",
];

/** What the fake microphone says; `e2e/setup.ts` writes it. */
export const SPEECH_WAV = path.join(tmpdir(), "mynah-e2e", "speech.wav");

export default defineConfig({
  testDir: "e2e",
  outputDir: "test-results/runs",
  globalSetup: "./e2e/setup.ts",
  forbidOnly: Boolean(process.env["CI"]),
  workers: 1,
  timeout: 180_000,
  expect: { timeout: 15_000 },
  reporter: [["list"]],
  use: {
    acceptDownloads: true,
    launchOptions: { executablePath: CHROMIUM, args: QUIET },
    trace: "retain-on-failure",
  },
  projects: [
    { name: "page", testIgnore: /live\.spec/u },
    {
      name: "live",
      testMatch: /live\.spec/u,
      use: {
        launchOptions: {
          executablePath: CHROMIUM,
          args: [
            ...QUIET,
            "--use-fake-ui-for-media-stream",
            `--use-file-for-fake-audio-capture=${SPEECH_WAV}%noloop`,
          ],
        },
      },
    },
  ],
});
