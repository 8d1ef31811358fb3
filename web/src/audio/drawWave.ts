/** Draws a waveform: bars of 2 px with 1 px between them, mirrored about the middle. */

const BAR = 2;
const PITCH = 3;

export interface WavePicture {
  /** Loudest absolute sample of each bar, 0…1. Fewer than fit while sound arrives. */
  bars: readonly number[];
  /** The part of the width that is played, 0…1. */
  played: number;
  /** Where marks stand, 0…1 of the width. */
  flags: readonly number[];
  /** Whether the playhead is drawn. */
  head: boolean;
}

export interface WaveColours {
  wave: string;
  played: string;
  flag: string;
}

export function barsIn(width: number): number {
  return Math.max(1, Math.floor((width + PITCH - BAR) / PITCH));
}

/** Speech is mostly quiet: the root makes its shape visible without hiding what is loud. */
function height(peak: number, canvasHeight: number): number {
  return Math.max(BAR, Math.sqrt(Math.min(1, peak)) * canvasHeight);
}

export function drawWave(
  context: CanvasRenderingContext2D,
  width: number,
  canvasHeight: number,
  picture: WavePicture,
  colours: WaveColours,
): void {
  context.clearRect(0, 0, width, canvasHeight);
  const edge = picture.played * width;
  picture.bars.forEach((peak, index) => {
    const x = index * PITCH;
    const tall = height(peak, canvasHeight);
    context.fillStyle = x + BAR <= edge ? colours.played : colours.wave;
    context.fillRect(x, (canvasHeight - tall) / 2, BAR, tall);
  });
  context.fillStyle = colours.flag;
  for (const flag of picture.flags) context.fillRect(Math.round(flag * width), 0, BAR, canvasHeight);
  if (picture.head) {
    context.fillStyle = colours.played;
    context.fillRect(Math.min(width - 1, Math.round(edge)), 0, 1, canvasHeight);
  }
}
