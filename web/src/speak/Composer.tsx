import { AudioLines, Square } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Button } from "../ui/Button";
import { icon } from "../ui/icons";
import { Kbd } from "../ui/Kbd";
import { TextArea } from "../ui/TextArea";
import { characters, TEXT_LIMIT } from "./choices";

interface Props {
  text: string;
  onText: (text: string) => void;
  busy: boolean;
  /** Why nothing can be spoken now. */
  blocked: string | undefined;
  onSpeak: () => void;
  onStop: () => void;
}

const APPLE = typeof navigator !== "undefined" && /Mac|iPhone|iPad/u.test(navigator.userAgent);

/** The text box with its counter and the one primary act. */
export function Composer({ text, onText, busy, blocked, onSpeak, onStop }: Props) {
  const { t } = useTranslation();
  const used = characters(text);
  const over = used > TEXT_LIMIT;
  const count = over
    ? t("speak.text.over", { used, limit: TEXT_LIMIT, count: used - TEXT_LIMIT })
    : t("speak.text.count", { used, limit: TEXT_LIMIT });
  return (
    <div className="flex flex-col rounded-card border border-line-strong bg-surface-1 focus-within:border-accent focus-within:ring-1 focus-within:ring-accent">
      <label htmlFor="text" className="sr-only">
        {t("speak.text.label")}
      </label>
      <TextArea
        id="text"
        value={text}
        rows={4}
        dir="auto"
        aria-describedby="text-count"
        placeholder={t("speak.text.placeholder")}
        onChange={(event) => onText(event.target.value)}
        onKeyDown={(event) => {
          if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
          event.preventDefault();
          if (blocked === undefined) onSpeak();
        }}
        className="max-h-[50dvh] min-h-32 w-full resize-none bg-transparent px-4 pt-4 pb-2 text-manuscript text-text outline-none placeholder:text-text-3"
      />
      <div className="flex flex-wrap items-center justify-end gap-3 p-3 ps-4">
        <p
          id="text-count"
          className={`me-auto text-dense tabular ${over ? "text-warn" : "text-text-3"}`}
        >
          {count}
        </p>
        {blocked !== undefined && !busy && (
          <span id="speak-blocked" className="text-dense text-text-2">
            {blocked}
          </span>
        )}
        {busy ? (
          <Button icon={<Square {...icon} className="fill-current" />} onClick={onStop}>
            {t("speak.stop")}
          </Button>
        ) : (
          <Button
            look="primary"
            blocked={blocked}
            aria-describedby={blocked === undefined ? undefined : "speak-blocked"}
            icon={<AudioLines {...icon} />}
            onClick={onSpeak}
          >
            {t("speak.act")}
            <span className="hidden sm:inline">
              <Kbd keys={[APPLE ? "⌘" : "Ctrl", "↵"]} />
            </span>
          </Button>
        )}
      </div>
    </div>
  );
}
