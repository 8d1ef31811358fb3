import { readFileSync } from "node:fs";
import { expect, test } from "./fixtures";
import { loudest } from "./listener";
import { overflow, picture, violations } from "./looks";

test.setTimeout(90_000);
const WITHIN = { timeout: 30_000 };

test("two sentences are recognized, translated, spoken and exported", async ({ mynah }) => {
  await mynah.getByRole("tab", { name: "Live" }).click();
  await expect(mynah.getByRole("button", { name: /Spoken language English/u })).toBeVisible();
  await expect(mynah.getByRole("button", { name: /Into Spanish/u })).toBeVisible();

  await mynah.getByRole("button", { name: "Start listening" }).click();
  await expect(mynah.getByText("Listening. Press again to finish.")).toBeVisible(WITHIN);
  await expect(mynah.getByRole("img", { name: "Input level" })).toBeVisible();

  const captions = mynah.getByRole("group", { name: "Captions" }).getByRole("listitem");
  await expect(captions.first()).toContainText(/weather/iu, WITHIN);
  await expect(captions.first()).toContainText(/tiempo/iu, WITHIN);
  await expect(captions.first()).toContainText(/\d (ms|s) later/u, WITHIN);
  await expect.poll(async () => loudest(mynah), WITHIN).toBeGreaterThan(0.02);
  await expect(captions.nth(1)).toContainText(/park/iu, WITHIN);
  await expect(captions.nth(1)).toContainText(/parque/iu, WITHIN);
  await expect(mynah.locator('[aria-live="polite"]')).toContainText(/parque/iu, WITHIN);

  for (const theme of ["dark", "light"] as const) {
    await mynah.emulateMedia({ colorScheme: theme });
    for (const width of [320, 1440]) {
      await mynah.setViewportSize({ width, height: 900 });
      await picture(mynah, `captions-${theme}-${width}`);
      expect(await violations(mynah)).toEqual([]);
      expect(await overflow(mynah)).toBeLessThanOrEqual(0);
    }
  }

  const committed = await captions.first().innerText();
  await mynah.getByRole("button", { name: "Stop listening", exact: true }).click();
  await expect(mynah.getByRole("button", { name: "Start listening" })).toBeVisible(WITHIN);
  expect(await captions.first().innerText()).toBe(committed);

  await captions.first().getByRole("button", { name: "Play the translation" }).click();
  await expect(captions.first().getByRole("button", { name: "Pause" })).toBeVisible();

  await mynah.getByRole("button", { name: "Export" }).click();
  const [download] = await Promise.all([
    mynah.waitForEvent("download"),
    mynah.getByRole("menuitem", { name: "SRT Spanish" }).click(),
  ]);
  const srt = readFileSync(await download.path(), "utf8");
  expect(srt).toMatch(/^1\n00:00:0\d,\d{3} --> 00:00:0\d,\d{3}\n.*tiempo/iu);
  expect(srt).toMatch(/\n2\n.*\n.*parque/iu);

  await mynah.getByRole("button", { name: "Clear captions" }).click();
  await expect(captions).toHaveCount(0);
  await mynah.getByRole("button", { name: "Undo" }).click();
  await expect(captions).toHaveCount(2);
});

test("a lost connection is shown and restored without a loss", async ({ mynah }) => {
  let connections = 0;
  await mynah.routeWebSocket(/realtime/u, (socket) => {
    connections += 1;
    const server = socket.connectToServer();
    if (connections > 1) return;
    let messages = 0;
    socket.onMessage((message) => {
      messages += 1;
      server.send(message);
      // In the middle of the first sentence.
      if (messages === 10) {
        void server.close();
        void socket.close({ code: 1011 });
      }
    });
  });
  await mynah.getByRole("tab", { name: "Live" }).click();
  await mynah.getByRole("button", { name: "Start listening" }).click();
  await expect(mynah.getByText("Connected again. Nothing was missed.")).toBeVisible(WITHIN);
  const captions = mynah.getByRole("group", { name: "Captions" }).getByRole("listitem");
  await expect(captions.first()).toContainText(/weather/iu, WITHIN);
  await expect(captions.first()).toContainText(/tiempo/iu, WITHIN);
  expect(connections).toBe(2);
});

test("a session that is cut off in mid-sentence is resumed", async ({ mynah }) => {
  const sent: string[][] = [];
  const received: string[] = [];
  const typeOf = (message: string | Buffer) => (JSON.parse(String(message)) as { type: string }).type;
  await mynah.routeWebSocket(/realtime/u, (socket) => {
    const own: string[] = [];
    sent.push(own);
    const server = socket.connectToServer();
    server.onMessage((message) => {
      received.push(typeOf(message));
      socket.send(message);
    });
    socket.onMessage((message) => {
      own.push(typeOf(message));
      server.send(message);
      if (sent.length === 1 && own.length === 10) {
        void server.close();
        void socket.close({ code: 1011 });
      }
    });
  });
  await mynah.getByRole("tab", { name: "Live" }).click();
  await mynah.getByRole("button", { name: "Start listening" }).click();
  await expect(mynah.getByText("Connected again. Nothing was missed.")).toBeVisible(WITHIN);
  expect(sent).toHaveLength(2);
  expect(sent[1]?.slice(0, 2)).toEqual(["session.update", "session.resume"]);
  expect(received).toContain("session.resumed");
  const captions = mynah.getByRole("group", { name: "Captions" }).getByRole("listitem");
  await expect(captions.first()).toContainText(/weather/iu, WITHIN);
  await expect(captions.first()).toContainText(/tiempo/iu, WITHIN);
  await expect(captions.nth(1)).toContainText(/park/iu, WITHIN);
  await expect(captions.nth(1)).toContainText(/parque/iu, WITHIN);
});

test("leaving the view stops listening", async ({ mynah }) => {
  await mynah.getByRole("tab", { name: "Live" }).click();
  await mynah.getByRole("button", { name: "Start listening" }).click();
  await expect(mynah.getByText("Listening. Press again to finish.")).toBeVisible(WITHIN);
  await mynah.getByRole("tab", { name: "Speak" }).click();
  await mynah.getByRole("tab", { name: "Live" }).click();
  await expect(mynah.getByRole("button", { name: "Start listening" })).toBeVisible(WITHIN);
});
