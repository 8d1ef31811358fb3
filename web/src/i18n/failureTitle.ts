import type { TFunction } from "i18next";
import type { Failure } from "../api/failure";
import { en } from "./en";

type Known = keyof typeof en.failure.title;

/** What happened, in words of this page; the server's own message gives the rest. */
export function failureTitle(t: TFunction, failure: Failure): string {
  const known = Object.hasOwn(en.failure.title, failure.code) ? (failure.code as Known) : "other";
  return t(`failure.title.${known}`);
}
