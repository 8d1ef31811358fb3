import { use as install } from "i18next";
import { initReactI18next } from "react-i18next";
import { en } from "./en";
import { PSEUDO, pseudo, pseudoDirection } from "./pseudo";

/** Reads `?lang=`; the two pseudo-locales show texts that overflow or are not in keys. */
function wanted(): string {
  const requested = new URLSearchParams(location.search).get("lang") ?? "en";
  return (PSEUDO as readonly string[]).includes(requested) ? requested : "en";
}

export async function startI18n(): Promise<void> {
  const language = wanted();
  await install(initReactI18next).init({
    lng: language,
    fallbackLng: "en",
    resources: {
      en: { translation: en },
      ...(language === "en" ? {} : { [language]: { translation: pseudo(en) } }),
    },
    interpolation: { escapeValue: false },
    returnNull: false,
  });
  document.documentElement.lang = language;
  document.documentElement.dir = pseudoDirection(language);
}
