/** Names of languages, in the language of the page. */

export function primary(tag: string): string {
  return (tag.split("-")[0] ?? tag).toLowerCase();
}

function pageLanguage(): string {
  const language = typeof document === "undefined" ? "en" : document.documentElement.lang;
  return language === "ar-XB" || language === "en-XA" || language === "" ? "en" : language;
}

/** `es` → Spanish, `en-GB` → British English; a tag without a name stays as it is. */
export function languageName(tag: string): string {
  try {
    return new Intl.DisplayNames([pageLanguage()], { type: "language" }).of(tag) ?? tag;
  } catch {
    return tag;
  }
}
