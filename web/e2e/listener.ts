import type { Page } from "@playwright/test";

declare global {
  interface Window {
    /** The loudest sample that went to the loudspeaker, 0…1. */
    loudest?: number;
  }
}

/** Listens to everything that goes to the loudspeaker, from before the page's first line. */
export async function listen(page: Page): Promise<void> {
  await page.addInitScript(() => {
    window.loudest = 0;
    const attach = (analyser: AnalyserNode) => {
      const samples = new Float32Array(analyser.fftSize);
      setInterval(() => {
        analyser.getFloatTimeDomainData(samples);
        for (const sample of samples) window.loudest = Math.max(window.loudest ?? 0, Math.abs(sample));
      }, 20);
    };
    const connect = AudioNode.prototype.connect as (...to: unknown[]) => AudioNode;
    AudioNode.prototype.connect = function tapped(this: AudioNode, ...to: unknown[]) {
      if (to[0] instanceof AudioDestinationNode) {
        const analyser = this.context.createAnalyser();
        connect.call(this, analyser);
        attach(analyser);
      }
      return connect.call(this, ...to);
    } as typeof AudioNode.prototype.connect;
  });
}

/** The loudest sample since the last call. */
export async function loudest(page: Page): Promise<number> {
  return page.evaluate(() => {
    const peak = window.loudest ?? 0;
    window.loudest = 0;
    return peak;
  });
}
