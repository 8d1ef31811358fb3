import { Play } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { Catalogue } from "../api/catalogue";
import { Button } from "../ui/Button";
import { icon } from "../ui/icons";
import { styleName } from "./options";
import { TakeCard } from "./TakeCard";
import { TakeRow } from "./TakeRow";
import { KEPT, takes, type Take } from "./takes";
import { useTakes } from "./useTakes";

interface Props {
  catalogue: Catalogue | undefined;
  onReuse: (text: string) => void;
  /** Makes a sound at once; undefined where nothing can. */
  onExample: (() => void) | undefined;
}

/** The newest take with its player, and the earlier ones in rows. */
export function Results({ catalogue, onReuse, onExample }: Props) {
  const { t, i18n } = useTranslation();
  const { takes: all } = useTakes();
  const [newest, ...earlier] = all;

  function spoken(take: Take): { demo: boolean; voiceName: string | undefined } {
    const voice = catalogue?.voices.find((known) => known.id === take.voice);
    const name = voice ? `${voice.name} · ${voice.engine}` : take.voice;
    return { demo: voice?.demo ?? false, voiceName: name };
  }

  if (!newest) {
    return (
      <div className="flex flex-col items-center gap-3 rounded-card border border-dashed border-line px-4 py-8 text-center">
        <p className="text-text-2">{t("speak.empty")}</p>
        {onExample && (
          <Button icon={<Play {...icon} />} onClick={onExample}>
            {t("speak.try")}
          </Button>
        )}
      </div>
    );
  }
  return (
    <section aria-label={t("speak.result.region")} className="flex flex-col gap-5">
      <TakeCard
        key={newest.sound.id}
        take={newest}
        {...spoken(newest)}
        styleName={(style) => (catalogue ? styleName(t, catalogue, style, i18n.language) : style)}
        retry={
          <Button onClick={() => void takes.speak(newest.body)}>{t("speak.result.retry")}</Button>
        }
      />
      {earlier.length > 0 && (
        <div>
          <div className="mb-2 flex flex-wrap items-baseline justify-between gap-2">
            <h2 className="text-ui font-semibold">{t("speak.history.title")}</h2>
            <p className="text-dense text-text-3">{t("speak.history.kept", { count: KEPT })}</p>
          </div>
          <ul className="rounded-card border border-line bg-surface-1">
            {earlier.map((take) => (
              <TakeRow
                key={take.sound.id}
                take={take}
                {...spoken(take)}
                onReuse={() => onReuse(take.body.input)}
              />
            ))}
          </ul>
        </div>
      )}
    </section>
  );
}
