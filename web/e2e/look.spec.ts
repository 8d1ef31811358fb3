import { gzipSync } from "node:zlib";
import { expect, speakText, test } from "./fixtures";
import { overflow, picture, violations } from "./looks";

const WIDTHS = [320, 768, 1440];

for (const theme of ["dark", "light"] as const) {
  for (const width of WIDTHS) {
    test(`Speak and Live, ${theme}, ${width} px: no violation, no overflow`, async ({ mynah }) => {
      await mynah.setViewportSize({ width, height: 900 });
      await mynah.emulateMedia({ colorScheme: theme });
      await expect(mynah.locator("html")).toHaveAttribute("data-theme", theme);
      await picture(mynah, `speak-empty-${theme}-${width}`);
      expect(await violations(mynah)).toEqual([]);

      await speakText(mynah, "The myna is a bird that listens first, and then it speaks.");
      await speakText(mynah, "A second sentence, so that there is something to go back to.");
      await picture(mynah, `speak-${theme}-${width}`);
      expect(await violations(mynah)).toEqual([]);
      expect(await overflow(mynah)).toBeLessThanOrEqual(0);

      await mynah.getByRole("button", { name: /^Voice/u }).click();
      await expect(mynah.getByRole("listbox", { name: "Voice" })).toBeVisible();
      await mynah.screenshot({ path: `test-results/voices-${theme}-${width}.png` });
      expect(await violations(mynah)).toEqual([]);
      await mynah.keyboard.press("Escape");

      await mynah.getByRole("tab", { name: "Live" }).click();
      await expect(mynah.getByRole("button", { name: "Start listening" })).toBeVisible();
      await picture(mynah, `live-${theme}-${width}`);
      expect(await violations(mynah)).toEqual([]);
      expect(await overflow(mynah)).toBeLessThanOrEqual(0);
    });
  }
}

for (const language of ["en-XA", "ar-XB"]) {
  test(`${language} fits 320 px in both views`, async ({ mynah }) => {
    await mynah.setViewportSize({ width: 320, height: 900 });
    for (const view of ["speak", "live"]) {
      await mynah.goto(`/?lang=${language}&view=${view}`);
      await mynah.getByRole("tablist").waitFor();
      await expect(mynah.getByRole("tabpanel").getByRole("button").first()).toBeVisible();
      await picture(mynah, `${view}-${language}-320`);
      expect(await overflow(mynah)).toBeLessThanOrEqual(0);
      // No text is outside the keys: every word that is seen carries the brackets of the pseudo-locale.
      const heading = await mynah.getByRole("tab").allInnerTexts();
      for (const text of heading) expect(text).toMatch(/^\[.*\]$/u);
    }
  });
}

test("the theme is the person's choice, kept, without a flash", async ({ mynah }) => {
  await mynah.emulateMedia({ colorScheme: "dark" });
  await mynah.getByRole("button", { name: /^Theme/u }).click();
  await mynah.getByRole("menuitemradio", { name: "Light" }).click();
  await expect(mynah.locator("html")).toHaveAttribute("data-theme", "light");
  await mynah.goto("/", { waitUntil: "commit" });
  await expect(mynah.locator("html")).toHaveAttribute("data-theme", "light");
  await mynah.getByRole("button", { name: /^Theme/u }).click();
  await mynah.getByRole("menuitemradio", { name: "As the system" }).click();
  await expect(mynah.locator("html")).toHaveAttribute("data-theme", "dark");
});

test("the first route is at most 250 kB, the fonts at most 90 KiB", async ({ page }) => {
  const sizes = { code: 0, fonts: 0 };
  const bodies: Promise<void>[] = [];
  page.on("response", (response) => {
    const file = new URL(response.url()).pathname;
    const kind = /\.(?:js|css)$/u.test(file) ? "code" : file.endsWith(".woff2") ? "fonts" : undefined;
    if (kind === undefined) return;
    bodies.push(
      response.body().then((body) => {
        sizes[kind] += kind === "code" ? gzipSync(body).length : body.length;
      }),
    );
  });
  await page.goto("/", { waitUntil: "networkidle" });
  await Promise.all(bodies);
  expect(sizes.code).toBeGreaterThan(50_000);
  expect(sizes.code).toBeLessThanOrEqual(250_000);
  expect(sizes.fonts).toBeLessThanOrEqual(90 * 1_024);
});
