import { clsx } from "clsx";
import { useId, useState, type KeyboardEvent, type PointerEvent } from "react";
import { useTranslation } from "react-i18next";
import { player } from "./player";
import { seekAct } from "./seekKeys";
import type { Sound } from "./sound";
import { clock } from "./time";
import { usePosition, useSound } from "./usePlayer";
import { Wave, fractionAt, positionAt } from "./Wave";

/** Where in the wave the pointer is, 0…1. Sound runs from left to right in every script. */
function part(event: PointerEvent<HTMLElement>): number {
  const box = event.currentTarget.getBoundingClientRect();
  return Math.max(0, Math.min(1, (event.clientX - box.left) / box.width));
}

/** The waveform as a slider: click seeks, drag scrubs, keys as in every player. */
export function SeekBar({ sound, className }: { sound: Sound; className?: string }) {
  const { t } = useTranslation();
  useSound(sound);
  const position = usePosition(sound);
  const keysId = useId();
  const [scrub, setScrub] = useState<number>();
  const at = scrub ?? position;
  const arriving = sound.state === "arriving";

  function onKeyDown(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const { rate, loop } = player.snapshot();
    const context = { at: player.position(sound), duration: sound.duration, rate };
    const act = seekAct(event.key, event.shiftKey, context);
    if (!act) return;
    event.preventDefault();
    if (act.kind === "toggle") player.toggle(sound);
    else if (act.kind === "seek") player.seek(sound, act.to);
    else if (act.kind === "loop") player.setLoop(!loop);
    else player.setRate(act.rate);
  }

  return (
    <div
      role="slider"
      tabIndex={0}
      dir="ltr"
      aria-label={t("player.position")}
      aria-describedby={keysId}
      aria-valuemin={0}
      aria-valuemax={Number(sound.duration.toFixed(1))}
      aria-valuenow={Number(at.toFixed(1))}
      aria-valuetext={
        arriving
          ? t("player.growing", { at: clock(at) })
          : t("player.value", { at: clock(at), total: clock(sound.duration) })
      }
      onKeyDown={onKeyDown}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        setScrub(positionAt(sound, part(event)));
      }}
      onPointerMove={(event) => scrub !== undefined && setScrub(positionAt(sound, part(event)))}
      onPointerUp={() => {
        if (scrub !== undefined) player.seek(sound, scrub);
        setScrub(undefined);
      }}
      onPointerCancel={() => setScrub(undefined)}
      className={clsx("relative cursor-pointer touch-none rounded-control select-none", className)}
    >
      <Wave sound={sound} />
      <span id={keysId} hidden>
        {t("player.keys")}
      </span>
      {scrub !== undefined && (
        <span
          className="pointer-events-none absolute -top-7 -translate-x-1/2 rounded-control border border-line bg-surface-2 px-1.5 py-0.5 font-mono text-micro shadow-popover"
          style={{ left: `${fractionAt(sound, scrub) * 100}%` }}
        >
          {clock(scrub, true)}
        </span>
      )}
    </div>
  );
}
