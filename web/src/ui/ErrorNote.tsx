import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { Failure } from "../api/failure";
import { failureTitle } from "../i18n/failureTitle";
import { CopyButton } from "./CopyButton";
import { Notice } from "./Notice";

interface Props {
  failure: Failure;
  /** Acts that may mend it. */
  children?: ReactNode;
}

/** What happened, what to do, and what to report to the operator. */
export function ErrorNote({ failure, children }: Props) {
  const { t } = useTranslation();
  const title = failureTitle(t, failure);
  const details = [failure.code, failure.requestId].filter((part) => part !== undefined);
  return (
    <Notice kind="danger" live="alert">
      <p className="font-medium">{title}</p>
      {failure.message !== "" && (
        <p className="mt-1 text-text-2 wrap-anywhere whitespace-pre-line">{failure.message}</p>
      )}
      {failure.retryAfter !== undefined && (
        <p className="mt-1 text-text-2">{t("failure.retryAfter", { count: failure.retryAfter })}</p>
      )}
      {children && <div className="mt-3 flex flex-wrap gap-2">{children}</div>}
      <p className="mt-2 flex items-center gap-1 font-mono text-micro text-text-3">
        <span className="min-w-0 wrap-anywhere">{details.join(" · ")}</span>
        <CopyButton text={details.join(" ")} label={t("failure.copy")} />
      </p>
    </Notice>
  );
}
