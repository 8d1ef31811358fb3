import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "../ui/Button";
import { Notice } from "../ui/Notice";

const SHOWN_MS = 10_000;

interface Props {
  onUndo: () => void;
  onOver: () => void;
}

/** Ten seconds to take it back. */
export function UndoStrip({ onUndo, onOver }: Props) {
  const { t } = useTranslation();
  useEffect(() => {
    const timer = setTimeout(onOver, SHOWN_MS);
    return () => clearTimeout(timer);
  }, [onOver]);
  return (
    <Notice kind="info" live="status">
      <div className="flex flex-wrap items-center justify-between gap-2">
        {t("live.captions.cleared")}
        <Button onClick={onUndo}>{t("live.captions.undo")}</Button>
      </div>
    </Notice>
  );
}
