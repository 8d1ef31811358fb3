/** Times for the eye: `0:04.2`, `1:02:07`. */

function two(value: number): string {
  return String(value).padStart(2, "0");
}

/** A position or length in seconds. Tenths are shown below an hour, on request. */
export function clock(seconds: number, tenths = false): string {
  const safe = Number.isFinite(seconds) && seconds > 0 ? seconds : 0;
  const units = tenths ? Math.floor(safe * 10 + 1e-6) : Math.floor(safe + 1e-6) * 10;
  const whole = Math.floor(units / 10);
  const hours = Math.floor(whole / 3_600);
  const minutes = Math.floor(whole / 60) % 60;
  const rest = two(whole % 60);
  if (hours > 0) return `${hours}:${two(minutes)}:${rest}`;
  return tenths ? `${minutes}:${rest}.${units % 10}` : `${minutes}:${rest}`;
}

/** A short wait: `84 ms`, `1.2 s`. */
export function wait(ms: number): string {
  return ms < 999.5 ? `${Math.round(ms)} ms` : `${(ms / 1_000).toFixed(1)} s`;
}
