/** The sample sentence of each language. Content, not interface. */
const SENTENCES: Record<string, string> = {
  ar: "مرحبا، هذا هو صوتي.",
  ca: "Hola, aquesta és la meva veu.",
  cmn: "你好，这是我的声音。",
  cs: "Dobrý den, toto je můj hlas.",
  da: "Hej, det her er min stemme.",
  de: "Guten Tag, so klingt meine Stimme.",
  el: "Γεια σας, αυτή είναι η φωνή μου.",
  en: "Hello, this is what I sound like.",
  eo: "Saluton, jen mia voĉo.",
  es: "Hola, así suena mi voz.",
  fi: "Hei, tältä ääneni kuulostaa.",
  fr: "Bonjour, voici ma voix.",
  hi: "नमस्ते, यह मेरी आवाज़ है।",
  hu: "Jó napot, ilyen a hangom.",
  id: "Halo, ini suara saya.",
  it: "Buongiorno, questa è la mia voce.",
  ja: "こんにちは、これが私の声です。",
  ko: "안녕하세요, 제 목소리입니다.",
  nb: "Hei, slik høres stemmen min ut.",
  nl: "Hallo, zo klinkt mijn stem.",
  pl: "Dzień dobry, tak brzmi mój głos.",
  pt: "Olá, esta é a minha voz.",
  ro: "Bună ziua, aceasta este vocea mea.",
  ru: "Здравствуйте, это мой голос.",
  sv: "Hej, så här låter min röst.",
  tr: "Merhaba, benim sesim böyle.",
  uk: "Добрий день, це мій голос.",
  vi: "Xin chào, đây là giọng của tôi.",
  zh: "你好，这是我的声音。",
};

/** Digits, which engines read in every language that they have. */
const ANYWHERE = "1, 2, 3, 4, 5.";

export function sampleFor(language: string): string {
  return SENTENCES[language] ?? ANYWHERE;
}
