/** The caller's key, where the server needs one. It lasts as long as the tab. */

const KEY = "mynah.key";

let key: string | undefined = stored();

function stored(): string | undefined {
  try {
    return sessionStorage.getItem(KEY) ?? undefined;
  } catch {
    return undefined;
  }
}

export function apiKey(): string | undefined {
  return key;
}

export function setApiKey(next: string): void {
  key = next;
  try {
    sessionStorage.setItem(KEY, next);
  } catch {
    // Storage is blocked: the key lasts as long as the page.
  }
}
