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

/** The fields of messages that the test of a resumed session looks at. */
interface Message {
  type: string;
  audio?: string;
  through_sample?: number;
}

/** What a page sent over one connection: the types of its messages, and its sound. */
interface Sent {
  types: string[];
  sound: Buffer;
}

test("a session that is cut off in mid-sentence is resumed", async ({ mynah }) => {
  const sent: Sent[] = [];
  const received: Message[] = [];
  const parsed = (message: string | Buffer) => JSON.parse(String(message)) as Message;
  await mynah.routeWebSocket(/realtime/u, (socket) => {
    const own: Sent = { types: [], sound: Buffer.alloc(0) };
    sent.push(own);
    const isFirst = sent.length === 1;
    const server = socket.connectToServer();
    server.onMessage((message) => {
      received.push(parsed(message));
      socket.send(message);
    });
    socket.onMessage((message) => {
      const { type, audio } = parsed(message);
      own.types.push(type);
      own.sound = Buffer.concat([own.sound, Buffer.from(audio ?? "", "base64")]);
      server.send(message);
      if (isFirst && own.types.length === 10) {
        void server.close();
        void socket.close({ code: 1011 });
      }
    });
  });
  await mynah.getByRole("tab", { name: "Live" }).click();
  await mynah.getByRole("button", { name: "Start listening" }).click();
  await expect(mynah.getByText("Connected again. Nothing was missed.")).toBeVisible(WITHIN);
  expect(sent).toHaveLength(2);
  expect(sent[1]?.types.slice(0, 2)).toEqual(["session.update", "session.resume"]);

  // Every word is recognized, in whichever caption.
  const captions = mynah.getByRole("group", { name: "Captions" });
  for (const word of [/weather/iu, /tiempo/iu, /park/iu, /parque/iu]) {
    await expect(captions).toContainText(word, WITHIN);
  }
  await mynah.getByRole("button", { name: "Stop listening", exact: true }).click();
  await expect(mynah.getByRole("button", { name: "Start listening" })).toBeVisible(WITHIN);

  // The server has every sample once: the second connection goes on exactly where it asked for.
  const through = received.find(({ type }) => type === "session.resumed")?.through_sample ?? Number.NaN;
  const again = sent[0]?.sound.subarray(2 * through);
  const rest = sent[1]?.sound ?? Buffer.alloc(0);
  expect(rest.subarray(0, again?.length)).toEqual(again);
  const acknowledged = received.findLast(({ type }) => type === "session.input_audio.acknowledged");
  expect(acknowledged?.through_sample).toBe(through + rest.length / 2);
});

test("leaving the view stops listening", async ({ mynah }) => {
  await mynah.getByRole("tab", { name: "Live" }).click();
  await mynah.getByRole("button", { name: "Start listening" }).click();
  await expect(mynah.getByText("Listening. Press again to finish.")).toBeVisible(WITHIN);
  await mynah.getByRole("tab", { name: "Speak" }).click();
  await mynah.getByRole("tab", { name: "Live" }).click();
  await expect(mynah.getByRole("button", { name: "Start listening" })).toBeVisible(WITHIN);
});
