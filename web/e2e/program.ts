import { spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";

export interface Program {
  url: string;
  stop(): Promise<void>;
}

/** The address in the line that the program prints once it listens. */
async function listening(child: ChildProcess): Promise<string> {
  const said: string[] = [];
  return new Promise((resolve, reject) => {
    const read = (line: string) => {
      said.push(line);
      const address = /listening on (http:\/\/127\.0\.0\.1:\d+)/u.exec(line)?.[1];
      if (address !== undefined) resolve(address);
    };
    for (const stream of [child.stdout, child.stderr]) {
      if (stream) createInterface({ input: stream }).on("line", read);
    }
    child.once("error", reject);
    child.once("exit", () => reject(new Error(`it ended before it listened:\n${said.join("\n")}`)));
  });
}

/** Starts the real program on a free port, with data and settings of its own. */
export async function startProgram(): Promise<Program> {
  const binary = process.env["MYNAH_BIN"];
  if (binary === undefined) throw new Error("Set MYNAH_BIN to the built program.");
  const home = mkdtempSync(path.join(tmpdir(), "mynah-e2e-home-"));
  const own = Object.fromEntries(
    ["CONFIG", "DATA", "CACHE"].map((kind) => [`XDG_${kind}_HOME`, path.join(home, kind)]),
  );
  // The microphone never pauses. On a busy machine its sound may come late by more than the pause
  // that ends a sentence, and inserted silence would cut the sentence in two.
  const settings = { MYNAH_GATEWAY__PAUSE_MS: "60000" };
  const child = spawn(binary, ["serve", "--listen", "127.0.0.1:0"], {
    env: { ...process.env, ...settings, ...own },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const url = await listening(child);
  return {
    url,
    async stop() {
      const over = new Promise((resolve) => child.once("exit", resolve));
      child.kill("SIGTERM");
      await over;
      rmSync(home, { recursive: true, force: true });
    },
  };
}
