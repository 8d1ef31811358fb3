import { readFileSync } from "node:fs";
import { expect, speakText, test } from "./fixtures";
import { loudest } from "./listener";

const SENTENCE = "The myna is a bird that listens first, and then it speaks.";

test("a sentence is spoken, shown as a waveform and kept", async ({ mynah }) => {
  await speakText(mynah, SENTENCE);
  await expect(mynah.getByText(/first audio after \d+/u)).toBeVisible();
  await expect(mynah.getByText("demo", { exact: true }).first()).toBeVisible();
  await expect.poll(async () => loudest(mynah)).toBeGreaterThan(0.05);

  const slider = mynah.getByRole("slider", { name: "Position" });
  await expect(slider).toHaveAttribute("aria-valuetext", /^\d:\d\d of 0:0[2-6]$/u);
  const drawn = await slider.locator("canvas").evaluate((canvas: HTMLCanvasElement) => {
    const { width, height } = canvas;
    const pixels = canvas.getContext("2d")?.getImageData(0, 0, width, height).data ?? [];
    let columns = 0;
    for (let x = 0; x < width; x += 1) {
      for (let y = 0; y < height; y += 1) {
        if ((pixels[(y * width + x) * 4 + 3] ?? 0) > 0) {
          columns += 1;
          break;
        }
      }
    }
    return columns / width;
  });
  expect(drawn).toBeGreaterThan(0.5);

  await expect(mynah.getByRole("button", { name: "Play", exact: true })).toBeVisible();
  await expect(slider).toHaveAttribute("aria-valuetext", /^(\d:\d\d) of \1$/u);
});

test("a style is chosen, and the take says how it was realized", async ({ mynah }) => {
  await mynah.getByRole("button", { name: /^Style/u }).click();
  await mynah.getByRole("combobox", { name: "Style" }).fill("sad intense");
  await mynah.keyboard.press("Enter");
  await expect(mynah.getByRole("button", { name: "Style Sad, intense" })).toBeVisible();
  await speakText(mynah, SENTENCE);
  await expect(mynah.getByText("Sad, intense: only by tempo, pitch and level.", { exact: false })).toBeVisible();
});

test("everything can be done without a pointer", async ({ mynah }) => {
  const { keyboard } = mynah;
  const focused = mynah.locator(":focus");
  await mynah.getByRole("textbox", { name: "Text to speak" }).focus();
  await keyboard.type(SENTENCE);
  await keyboard.press("Tab");
  await expect(focused).toHaveAccessibleName(/Speak text/u);
  await keyboard.press("Tab");
  await expect(focused).toHaveAccessibleName(/Language/u);

  await keyboard.press("Enter");
  await keyboard.type("german");
  await keyboard.press("Enter");
  await expect(focused).toHaveAccessibleName(/Language German/u);
  await keyboard.press("Enter");
  await keyboard.type("find out");
  await keyboard.press("Enter");
  await expect(focused).toHaveAccessibleName(/Find out from the text/u);

  await mynah.getByRole("textbox", { name: "Text to speak" }).focus();
  await keyboard.press("Control+Enter");
  const slider = mynah.getByRole("slider", { name: "Position" });
  await expect(slider).toHaveAttribute("aria-valuetext", /of 0:0/u);

  await slider.focus();
  await keyboard.press("Home");
  await keyboard.press("Space");
  await expect(mynah.getByRole("button", { name: "Play", exact: true })).toBeVisible();
  await keyboard.press("Home");
  await keyboard.press("ArrowRight");
  await expect(slider).toHaveAttribute("aria-valuetext", /^0:01 of/u);
  await keyboard.press("End");
  await expect(slider).toHaveAttribute("aria-valuetext", /^(\d:\d\d) of \1$/u);
  await keyboard.press(".");
  await expect(mynah.getByRole("button", { name: /Playing rate 1.25×/u })).toBeVisible();
  await keyboard.press("l");
  await expect(mynah.getByRole("button", { name: "Repeat" })).toHaveAttribute("aria-pressed", "true");
  await keyboard.press("l");

  await keyboard.press("Tab");
  await keyboard.press("Tab");
  await keyboard.press("Tab");
  await expect(focused).toHaveAccessibleName("Download");
  await keyboard.press("Enter");
  await expect(mynah.getByRole("menuitem", { name: /MP3/u })).toBeVisible();
  await keyboard.press("Escape");
  await expect(focused).toHaveAccessibleName("Download");
});

test("a take is downloaded in the format that was chosen", async ({ mynah }) => {
  await speakText(mynah, SENTENCE);
  for (const [format, magic] of [["FLAC", "fLaC"], ["WAV", "RIFF"], ["MP3", "ID3"]] as const) {
    await mynah.getByRole("button", { name: "Download", exact: true }).click();
    const [download] = await Promise.all([
      mynah.waitForEvent("download"),
      mynah.getByRole("menuitem", { name: new RegExp(format, "u") }).click(),
    ]);
    expect(download.suggestedFilename()).toBe(`mynah-the-myna-is-a-bird.${format.toLowerCase()}`);
    const bytes = readFileSync(await download.path());
    expect(bytes.subarray(0, magic.length).toString("latin1")).toBe(magic);
    expect(bytes.length).toBeGreaterThan(5_000);
  }
});

test("language, engine and voice narrow each other, and say why", async ({ mynah }) => {
  await mynah.getByRole("button", { name: /^Language/u }).click();
  await mynah.getByRole("combobox", { name: "Language" }).fill("spanish");
  await mynah.getByRole("option", { name: "Spanish", exact: true }).click();

  await mynah.getByRole("button", { name: /^Engine/u }).click();
  const flite = mynah.getByRole("option", { name: /^flite/u });
  await expect(flite).toHaveAttribute("aria-disabled", "true");
  await expect(flite).toContainText("Doesn’t speak Spanish. espeak can.");
  await mynah.keyboard.press("Escape");

  await mynah.getByRole("button", { name: /^Voice/u }).click();
  await mynah.getByRole("option", { name: /Spanish/u }).first().click();
  await mynah.getByRole("button", { name: /^Hear (?!an example)/u }).click();
  await expect.poll(async () => loudest(mynah)).toBeGreaterThan(0.02);

  await speakText(mynah, "Buenos días, amigos.");
  await expect(mynah.getByRole("region", { name: "What was spoken" })).toContainText("espeak");
});

test("the last ten takes are kept, and each can be played", async ({ mynah }) => {
  for (let at = 1; at <= 12; at += 1) await speakText(mynah, `Take number ${at}.`);
  const rows = mynah.getByRole("listitem");
  await expect(rows).toHaveCount(9);
  await expect(rows.first()).toContainText("Take number 11.");
  await expect(rows.last()).toContainText("Take number 3.");
  await rows.last().getByRole("button", { name: "Play" }).click();
  await expect(rows.last().getByRole("slider")).not.toHaveAttribute("aria-valuenow", "0");
  await rows.last().getByRole("button", { name: "Use this text again" }).click();
  await expect(mynah.getByRole("textbox", { name: "Text to speak" })).toHaveValue("Take number 3.");
});

test("an empty page plays an example in one press", async ({ mynah }) => {
  await expect(mynah.getByRole("button", { name: "Speak text" })).toHaveAttribute("aria-disabled", "true");
  await expect(mynah.getByText("Write something first.")).toBeVisible();
  await mynah.getByRole("button", { name: "Hear an example" }).click();
  await expect.poll(async () => loudest(mynah)).toBeGreaterThan(0.05);
});
