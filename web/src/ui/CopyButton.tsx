import { Check, Copy } from "lucide-react";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { IconButton } from "./IconButton";

const SHOWN_MS = 1_500;

/** Puts a text on the clipboard and confirms it. */
export function CopyButton({ text, label }: { text: string; label: string }) {
  const { t } = useTranslation();
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [copied]);
  // A page that is not secure has no clipboard, whatever the types state.
  const clipboard = navigator.clipboard as Clipboard | undefined;
  if (!clipboard) return null;
  const Icon = copied ? Check : Copy;
  return (
    <IconButton
      dense
      label={copied ? t("common.copied") : label}
      icon={<Icon aria-hidden size={16} strokeWidth={1.75} />}
      onClick={() => {
        clipboard.writeText(text).then(
          () => setCopied(true),
          () => setCopied(false),
        );
      }}
    />
  );
}
