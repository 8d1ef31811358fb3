import { ArrowDown } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "../ui/Button";
import { icon } from "../ui/icons";
import type { Captions } from "./captions";
import { CaptionRow } from "./CaptionRow";
import { live } from "./live";
import type { Languages } from "./link";

interface Props {
  captions: Captions;
  pair: Languages;
  size: string;
}

/** Within this many pixels of its end a list counts as read to the end. */
const NEAR_END = 48;

/** The captions, newest at the bottom. It follows new captions until the reader scrolls back. */
export function CaptionList({ captions, pair, size }: Props) {
  const { t } = useTranslation();
  const box = useRef<HTMLDivElement>(null);
  const [following, setFollowing] = useState(true);
  const { rows } = captions;

  useEffect(() => {
    const target = box.current;
    if (target && following) target.scrollTop = target.scrollHeight;
  }, [rows, following]);

  return (
    <div className="relative">
      <div
        ref={box}
        // Scrollable, so it must be reachable by keyboard.
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
        tabIndex={0}
        role="group"
        aria-label={t("live.captions.title")}
        onScroll={(event) => {
          const { scrollHeight, scrollTop, clientHeight } = event.currentTarget;
          setFollowing(scrollHeight - scrollTop - clientHeight < NEAR_END);
        }}
        className="max-h-[60dvh] overflow-y-auto rounded-card border border-line bg-surface-1 px-4"
      >
        {rows.length === 0 ? (
          <p className="py-8 text-center text-text-2">{t("live.captions.empty")}</p>
        ) : (
          <ol>
            {rows.map((row) => (
              <CaptionRow
                key={row.key}
                row={row}
                from={pair.from}
                to={pair.to}
                size={size}
                sound={live.voice.sound(row.key)}
              />
            ))}
          </ol>
        )}
      </div>
      {!following && (
        <Button
          className="absolute inset-x-0 bottom-3 mx-auto w-fit rounded-chip shadow-popover"
          icon={<ArrowDown {...icon} />}
          onClick={() => setFollowing(true)}
        >
          {t("live.captions.latest")}
        </Button>
      )}
      <p aria-live="polite" className="sr-only">
        {captions.announced}
      </p>
    </div>
  );
}
