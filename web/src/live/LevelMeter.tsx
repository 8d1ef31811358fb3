import { TriangleAlert } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { FLOOR_DB, type Level } from "../audio/level";
import { icon } from "../ui/icons";
import { live } from "./live";

function share(db: number): number {
  return (db - FLOOR_DB) / -FLOOR_DB;
}

const REDUCED_MS = 100;
const EMPTY = { transform: "scaleX(0)" };

/** The input level, drawn past React at the speed at which it comes. */
export function LevelMeter() {
  const { t } = useTranslation();
  const bar = useRef<HTMLSpanElement>(null);
  const hold = useRef<HTMLSpanElement>(null);
  const [warning, setWarning] = useState<Level["warning"]>();
  useEffect(() => {
    const reduced = matchMedia("(prefers-reduced-motion: reduce)");
    let drawn = 0;
    return live.onLevel((level) => {
      setWarning(level.warning);
      const now = performance.now();
      if (reduced.matches && now - drawn < REDUCED_MS) return;
      drawn = now;
      if (bar.current) bar.current.style.transform = `scaleX(${share(level.db)})`;
      if (hold.current) hold.current.style.insetInlineStart = `${share(level.held) * 100}%`;
    });
  }, []);
  return (
    <div className="flex w-full max-w-80 flex-col items-center gap-3">
      <div
        role="img"
        aria-label={t("live.level.label")}
        className="relative h-1.5 w-full overflow-hidden rounded-chip bg-surface-3 forced-colors:border"
      >
        <span
          ref={bar}
          style={EMPTY}
          className="absolute inset-0 origin-left rounded-chip bg-accent rtl:origin-right forced-colors:bg-[Highlight]"
        />
        <span ref={hold} className="absolute inset-y-0 start-0 w-0.5 bg-text" />
      </div>
      <p role="status" className="flex min-h-9 items-start gap-2 text-dense">
        {warning && (
          <>
            <TriangleAlert {...icon} className="shrink-0 text-warn" />
            {t(`live.level.${warning}`)}
          </>
        )}
      </p>
    </div>
  );
}
