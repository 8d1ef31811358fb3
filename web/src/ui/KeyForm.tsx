import { useState } from "react";
import { useTranslation } from "react-i18next";
import { setApiKey } from "../api/key";
import { Button } from "./Button";

/** Takes the key that the server needs. */
export function KeyForm({ onSaved }: { onSaved: () => void }) {
  const { t } = useTranslation();
  const [key, setKey] = useState("");
  return (
    <form
      className="flex w-full flex-col gap-1.5"
      onSubmit={(event) => {
        event.preventDefault();
        setApiKey(key.trim());
        onSaved();
      }}
    >
      <label htmlFor="api-key" className="text-dense font-medium text-text-2">
        {t("key.label")}
      </label>
      <div className="flex gap-2">
        <input
          id="api-key"
          type="password"
          autoComplete="off"
          spellCheck={false}
          aria-describedby="api-key-help"
          value={key}
          onChange={(event) => setKey(event.target.value)}
          className="h-control min-w-0 flex-1 rounded-control border border-line-strong bg-surface-2 px-2.5 font-mono text-ui"
        />
        <Button type="submit">{t("key.save")}</Button>
      </div>
      <p id="api-key-help" className="text-dense text-text-2">
        {t("key.help")}
      </p>
    </form>
  );
}
