import { useTranslation } from "react-i18next";
import { ErrorNote } from "../ui/ErrorNote";
import { KeyForm } from "../ui/KeyForm";
import { Notice } from "../ui/Notice";
import type { LiveState } from "./live";
import { KEPT_SECONDS } from "./outbox";

/** What went wrong with microphone or connection, and what mends it. */
export function LiveNews({ state, onRetry }: { state: LiveState; onRetry: () => void }) {
  const { t } = useTranslation();
  const { microphone, link, failure } = state;
  return (
    <>
      {microphone && (
        <Notice kind="danger" live="alert">
          <p className="font-medium">{t(`live.microphone.${microphone}`)}</p>
          <p className="mt-1 text-text-2">{t(`live.microphone.${microphone}Fix`)}</p>
        </Notice>
      )}
      {link?.kind === "lost" && (
        <Notice kind="warn" live="status">
          {t("live.link.lost", { seconds: KEPT_SECONDS })}
        </Notice>
      )}
      {link?.kind === "back" && (
        <Notice kind="info" live="status">
          {link.missedSeconds === 0
            ? t("live.link.backWhole")
            : t("live.link.backMissed", { count: link.missedSeconds })}
        </Notice>
      )}
      {failure && (
        <ErrorNote failure={failure}>
          {failure.status === 401 && <KeyForm onSaved={onRetry} />}
        </ErrorNote>
      )}
    </>
  );
}
