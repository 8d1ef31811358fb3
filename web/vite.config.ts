/// <reference types="vitest/config" />
import { readFileSync } from "node:fs";
import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { defineConfig, type Plugin } from "vite";

/** The server that the development page talks to. */
const server = process.env["MYNAH_URL"] ?? "http://127.0.0.1:8080";

const FONTS = ["inter", "jetbrains-mono"];

/** The fonts' licence asks to travel with them; Vite's own list knows only scripts. */
function fontLicences(): Plugin {
  return {
    name: "font-licences",
    generateBundle() {
      const texts = FONTS.map((font) =>
        readFileSync(`node_modules/@fontsource-variable/${font}/LICENSE`, "utf8"),
      );
      this.emitFile({ type: "asset", fileName: "licences-fonts.txt", source: texts.join("\n\n") });
    },
  };
}

export default defineConfig({
  plugins: [react(), tailwindcss(), fontLicences()],
  build: {
    target: "es2022",
    // The page's content security policy has no `data:`, so nothing is inlined.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    license: { fileName: "licences.md" },
  },
  worker: { format: "es" },
  server: { proxy: { "/v1": { target: server, ws: true, changeOrigin: true } } },
  test: { include: ["src/**/*.test.ts"], environment: "node" },
});
