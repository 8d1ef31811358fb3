import { useCallback, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Catalogue } from "../api/catalogue";
import { CaptionList } from "./CaptionList";
import { CaptionTools } from "./CaptionTools";
import { LanguagePair } from "./LanguagePair";
import { LevelMeter } from "./LevelMeter";
import { live } from "./live";
import { LiveNews } from "./LiveNews";
import { MicButton } from "./MicButton";
import { MicrophonePicker } from "./MicrophonePicker";
import { AUTO, canInterpret, firstPair, sources } from "./pairs";
import { languageName } from "../i18n/languages";
import { SIZES, USUAL_SIZE } from "./sizes";
import { UndoStrip } from "./UndoStrip";
import { useLive } from "./useLive";

/** Speech in, captions and speech in another language out. */
export default function LiveView({ catalogue, open }: { catalogue: Catalogue; open: boolean }) {
  const { t } = useTranslation();
  const state = useLive();
  const [pair, setPair] = useState(() => firstPair(catalogue));
  const [device, setDevice] = useState("");
  const [size, setSize] = useState(USUAL_SIZE);
  const [undo, setUndo] = useState<() => void>();
  const forget = useCallback(() => setUndo(undefined), []);
  const { phase, captions } = state;
  // A hidden view does not listen.
  useEffect(() => {
    if (!open) live.stop();
  }, [open]);

  const noRecognizer = sources(catalogue).length === 0 ? t("live.noRecognizer") : undefined;
  const spokenName = (tag: string) => (tag === AUTO ? t("live.anyLanguage") : languageName(tag));
  const able = canInterpret(catalogue, pair.from, pair.to);
  const blocked = noRecognizer ?? (able ? undefined : t("live.noPair", { from: spokenName(pair.from) }));
  const fixed = phase === "idle" ? undefined : t("live.blockedWhile");
  const start = () => void live.start(pair, device);

  return (
    <section aria-label={t("live.region")} className="flex flex-col gap-6">
      <LanguagePair catalogue={catalogue} pair={pair} onChange={setPair} blocked={fixed} />
      <div className="flex flex-col items-center gap-4">
        <MicButton phase={phase} blocked={blocked} onStart={start} onStop={() => live.stop()} />
        <p id="microphone-hint" role="status" className="text-center text-text-2">
          {blocked ?? t(`live.hint.${phase}`)}
        </p>
        {(phase === "listening" || phase === "connecting") && <LevelMeter />}
        {phase === "idle" && <MicrophonePicker value={device} onChange={setDevice} />}
      </div>
      <LiveNews state={state} onRetry={start} />
      <div>
        <div className="mb-2 flex items-center justify-between">
          <h2 className="text-ui font-semibold">{t("live.captions.title")}</h2>
          <CaptionTools
            rows={captions.rows}
            pair={pair}
            size={size}
            onSize={setSize}
            onClear={() => {
              const restore = live.clear();
              setUndo(() => restore);
            }}
          />
        </div>
        <CaptionList captions={captions} pair={pair} size={SIZES[size] ?? SIZES[USUAL_SIZE]} />
        {undo && (
          <div className="mt-2">
            <UndoStrip
              onOver={forget}
              onUndo={() => {
                undo();
                forget();
              }}
            />
          </div>
        )}
      </div>
    </section>
  );
}
