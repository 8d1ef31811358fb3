import { useEffect, useRef } from "react";
import { onTheme } from "../theme/theme";
import { barsIn, drawWave, type WaveColours } from "./drawWave";
import { WIRE_RATE } from "./pcm";
import { player } from "./player";
import type { Sound } from "./sound";
import { useDeckState, useSound } from "./usePlayer";

/** The width stands for this many samples: all of it, or what is expected while it arrives. */
function span(sound: Sound): number {
  if (sound.state !== "arriving") return sound.samples;
  return Math.max(sound.expected * WIRE_RATE, sound.samples);
}

/** The part of the width of a position in seconds. */
export function fractionAt(sound: Sound, position: number): number {
  const all = span(sound);
  return all > 0 ? Math.min(1, (position * WIRE_RATE) / all) : 0;
}

/** The position in seconds at a part of the width. */
export function positionAt(sound: Sound, part: number): number {
  return Math.min(sound.duration, (part * span(sound)) / WIRE_RATE);
}

function colours(canvas: HTMLCanvasElement): WaveColours {
  const style = getComputedStyle(canvas);
  return {
    wave: style.getPropertyValue("--wave"),
    played: style.getPropertyValue("--wave-played"),
    flag: style.getPropertyValue("--wave-flag"),
  };
}

function paint(canvas: HTMLCanvasElement, sound: Sound): void {
  const context = canvas.getContext("2d");
  if (!context) return;
  const { clientWidth: width, clientHeight: canvasHeight } = canvas;
  const scale = devicePixelRatio;
  if (canvas.width !== Math.round(width * scale) || canvas.height !== Math.round(canvasHeight * scale)) {
    canvas.width = Math.round(width * scale);
    canvas.height = Math.round(canvasHeight * scale);
  }
  context.setTransform(scale, 0, 0, scale, 0, 0);
  const at = player.position(sound);
  const all = span(sound);
  const picture = {
    bars: sound.peaks.bars(barsIn(width), all),
    played: fractionAt(sound, at),
    flags: sound.gaps.map((gap) => gap / all),
    head: at > 0 && at < sound.duration,
  };
  drawWave(context, width, canvasHeight, picture, colours(canvas));
}

/** The waveform of a sound with its playhead. A picture only: `SeekBar` gives it a role. */
export function Wave({ sound }: { sound: Sound }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const state = useDeckState(sound);
  const { version } = useSound(sound);
  const grown = version();

  // While it plays, every frame; else once for each change.
  useEffect(() => {
    const target = canvas.current;
    if (!target) return;
    let frame = 0;
    const draw = () => {
      paint(target, sound);
      if (state === "playing") frame = requestAnimationFrame(draw);
    };
    draw();
    return () => cancelAnimationFrame(frame);
  });

  useEffect(() => {
    const target = canvas.current;
    if (!target) return;
    const redraw = () => paint(target, sound);
    const sizes = new ResizeObserver(redraw);
    sizes.observe(target);
    const unsubscribe = onTheme(redraw);
    return () => {
      sizes.disconnect();
      unsubscribe();
    };
  }, [sound]);

  return <canvas ref={canvas} aria-hidden data-version={grown} className="block size-full" />;
}
