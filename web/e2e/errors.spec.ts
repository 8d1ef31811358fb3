import type { Page } from "@playwright/test";
import { expect, test } from "./fixtures";

test.use({ expectedErrors: [/Failed to load resource/u] });

async function press(page: Page, text: string): Promise<void> {
  await page.getByRole("textbox", { name: "Text to speak" }).fill(text);
  await page.getByRole("button", { name: "Speak text" }).click();
}

test("a text that is too long: the server's reason, its code and the request", async ({ mynah }) => {
  await press(mynah, "word ".repeat(900));
  const note = mynah.getByRole("alert");
  await expect(note).toContainText("4096");
  await expect(note).toContainText(/[a-z]+_[a-z]+ · \S{8,}/u);
  await expect(note.getByRole("button", { name: "Copy code and request id" })).toBeVisible();
  await press(mynah, "Short.");
  await expect(note).toHaveCount(0);
});

test("a full server shows when to try again", async ({ mynah }) => {
  await mynah.route("**/v1/audio/speech", (route) =>
    route.fulfill({
      status: 429,
      headers: { "retry-after": "3", "x-request-id": "request-1" },
      json: { error: { message: "4 run and 16 wait.", type: "rate_limit_error", param: null, code: "overloaded" } },
    }),
  );
  await press(mynah, "Hello.");
  await expect(mynah.getByRole("alert")).toContainText("The server is full.");
  await expect(mynah.getByRole("alert")).toContainText("about 3 seconds");
  await expect(mynah.getByRole("alert")).toContainText("overloaded · request-1");
});

test("an unreachable server is reported, and found again", async ({ mynah }) => {
  await mynah.route("**/v1/**", (route) => route.abort());
  await press(mynah, "Hello.");
  await expect(mynah.getByRole("alert")).toContainText("can’t be reached");
  await mynah.reload();
  await expect(mynah.getByText(/does not answer. Trying again/u)).toBeVisible();
  await expect(mynah.getByText("Waiting for the list of voices.")).toBeVisible();
  await mynah.unroute("**/v1/**");
  await expect(mynah.getByRole("button", { name: /^Language/u })).toBeVisible();
  await expect(mynah.getByText(/does not answer/u)).toHaveCount(0);
});

test("a server that needs a key gets one", async ({ mynah }) => {
  await mynah.route("**/v1/**", async (route) => {
    if (route.request().headers()["authorization"] === "Bearer secret") return route.continue();
    return route.fulfill({
      status: 401,
      json: { error: { message: "Send a key.", type: "authentication_error", param: null, code: "missing_api_key" } },
    });
  });
  await mynah.reload();
  await expect(mynah.getByRole("alert")).toContainText("This server needs an API key.");
  await mynah.getByLabel("API key").fill("secret");
  await mynah.getByRole("button", { name: "Use key" }).click();
  await expect(mynah.getByRole("button", { name: /^Language/u })).toBeVisible();
});

test("a missing engine names its package where it would be chosen", async ({ mynah }) => {
  await mynah.route("**/v1/audio/voices", async (route) => {
    const answer = await route.fetch();
    const { voices } = (await answer.json()) as { voices: { engine: string }[] };
    await route.fulfill({ json: { voices: voices.filter((voice) => voice.engine === "flite") } });
  });
  await mynah.route("**/readyz", async (route) => {
    const answer = await route.fetch();
    const body = (await answer.json()) as { engines: { id: string }[] };
    const engines = body.engines.map((engine) =>
      engine.id === "espeak"
        ? { ...engine, state: "missing", reason: "espeak-ng is not installed", fix: "apt-get install espeak-ng" }
        : engine,
    );
    await route.fulfill({ json: { ...body, engines } });
  });
  await mynah.reload();
  await mynah.getByRole("button", { name: /^Language/u }).click();
  const german = mynah.getByRole("option", { name: /^German/u });
  await expect(german).toHaveAttribute("aria-disabled", "true");
  await expect(german).toContainText("No engine here speaks it.");
  await expect(german).toContainText("apt-get install espeak-ng", { ignoreCase: true });
});

test("a refused microphone shows how to allow it", async ({ mynah }) => {
  await mynah.getByRole("tab", { name: "Live" }).click();
  await mynah.getByRole("button", { name: "Start listening" }).click();
  await expect(mynah.getByRole("alert")).toContainText("The microphone was refused.");
  await expect(mynah.getByRole("alert")).toContainText("address bar");
  await expect(mynah.getByRole("button", { name: "Start listening" })).toBeVisible();
});
