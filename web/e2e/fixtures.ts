import { test as base, expect, type Page } from "@playwright/test";
import { listen } from "./listener";
import { startProgram } from "./program";

interface Own {
  /** Console errors that a test provokes on purpose. */
  expectedErrors: RegExp[];
  /** The page, opened, with nothing thrown, nothing blocked and no other host contacted. */
  mynah: Page;
}

export const test = base.extend<Own, { programUrl: string }>({
  programUrl: [
    // Playwright reads the fixtures that are needed from the pattern, even where it is empty.
    // oxlint-disable-next-line no-empty-pattern
    async ({}, use) => {
      const program = await startProgram();
      await use(program.url);
      await program.stop();
    },
    { scope: "worker" },
  ],
  baseURL: async ({ programUrl }, use) => use(programUrl),
  expectedErrors: [[], { option: true }],
  mynah: async ({ page, programUrl, expectedErrors }, use) => {
    const wrong: string[] = [];
    const note = (text: string) => {
      if (!expectedErrors.some((expected) => expected.test(text))) wrong.push(text);
    };
    page.on("pageerror", (error) => note(error.message));
    page.on("console", (message) => {
      if (["error", "warning"].includes(message.type())) note(message.text());
    });
    page.on("request", (request) => {
      const { protocol, origin } = new URL(request.url());
      if (protocol !== "blob:" && origin !== programUrl) note(`asked ${origin}`);
    });
    await listen(page);
    await page.goto("/");
    await expect(page.getByRole("button", { name: /^Language/u })).toBeVisible();
    await use(page);
    expect(wrong).toEqual([]);
  },
});

export { expect };

/** Speaks a text and waits until all of it has come. */
export async function speakText(page: Page, text: string): Promise<void> {
  await page.getByRole("textbox", { name: "Text to speak" }).fill(text);
  await page.getByRole("button", { name: "Speak text" }).click();
  await expect(page.getByRole("button", { name: "Speak text" })).toBeVisible();
  await expect(page.getByRole("button", { name: "Download", exact: true }).first()).not.toHaveAttribute(
    "aria-disabled",
  );
}
