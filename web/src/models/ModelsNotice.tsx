import { useTranslation } from "react-i18next";
import { Button } from "../ui/Button";
import { ErrorNote } from "../ui/ErrorNote";
import { Notice } from "../ui/Notice";
import { useInstallation } from "./useInstallation";

const PULL = "mynah models pull default";

function megabytes(bytes: number): number {
  return Math.round(bytes / 1e6);
}

/** Offers to fetch the default models where demo engines work in their place. */
export function ModelsNotice({ onInstalled }: { onInstalled: () => void }) {
  const { t } = useTranslation();
  const { missing, failure, forbidden, start, stop } = useInstallation(onInstalled);
  if (!missing) return null;
  const total = megabytes(missing.totalBytes);
  return (
    <Notice kind="info">
      <p>{t("models.demo")}</p>
      {missing.running ? (
        <>
          <progress
            className="mt-2 h-2 w-full accent-accent"
            aria-label={t("models.progress")}
            max={missing.totalBytes}
            value={missing.bytes}
          />
          <div className="mt-2 flex items-center gap-3">
            <span className="min-w-0 flex-1 text-text-2 tabular-nums">
              {t("models.rate", {
                bytes: megabytes(missing.bytes),
                total,
                rate: (missing.bytesPerSecond / 1e6).toFixed(1),
              })}
            </span>
            <Button onClick={stop}>{t("models.stop")}</Button>
          </div>
        </>
      ) : (
        <div className="mt-2 flex flex-wrap items-center gap-3">
          {!forbidden && <Button onClick={start}>{t("models.fetch", { total })}</Button>}
          <span className="text-text-2">
            {t("models.command")} <code className="font-mono text-micro">{PULL}</code>
          </span>
        </div>
      )}
      {missing.error !== undefined && (
        <p className="mt-2 text-danger wrap-anywhere whitespace-pre-line">{missing.error}</p>
      )}
      {failure && !forbidden && (
        <div className="mt-2">
          <ErrorNote failure={failure} />
        </div>
      )}
    </Notice>
  );
}
