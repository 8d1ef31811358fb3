import { expect, it } from "vitest";
import type { InstallableModel } from "../api/client";
import { missing } from "./missing";

function model(id: string, change: Partial<InstallableModel> = {}): InstallableModel {
  return {
    id,
    role: "synthesis",
    languages: ["en"],
    licence: "MIT",
    bytes: 1000,
    memory_bytes: 0,
    improves: "",
    default: true,
    installed: false,
    ...change,
  };
}

it("names nothing where all default models are installed", () => {
  expect(missing([model("a", { installed: true }), model("b", { default: false })])).toBeUndefined();
});

it("adds up the bytes of all pulls", () => {
  const status = { state: "running", bytes: 300, total_bytes: 1000, bytes_per_second: 50 } as const;
  const found = missing([model("a", { pull: status }), model("b"), model("c", { pull: status })]);
  expect(found).toMatchObject({ totalBytes: 3000, bytes: 600, bytesPerSecond: 100, running: true });
});

it("states the reason once no pull runs any more", () => {
  const failed = { state: "failed", bytes: 0, total_bytes: 0, bytes_per_second: 0, error: "offline" } as const;
  const running = { state: "running", bytes: 0, total_bytes: 0, bytes_per_second: 0 } as const;
  expect(missing([model("a", { pull: failed })])?.error).toBe("offline");
  expect(missing([model("a", { pull: failed }), model("b", { pull: running })])?.error).toBeUndefined();
});
