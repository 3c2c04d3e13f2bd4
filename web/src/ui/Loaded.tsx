import type { ComponentChildren } from "preact";
import type { Answer } from "../api/resource";
import { t } from "../i18n";
import { Button } from "./Button";
import { failureText } from "./failure";
import { RefreshCw } from "./icons";
import { Notice } from "./Notice";

export function Spinner() {
  return (
    <div class="spinner" role="status">
      <span class="spinner-ring" aria-hidden="true" />
      <span>{t("common.loading")}</span>
    </div>
  );
}

/* What an answer shows: a spinner before it, an error with Retry, or the children made of it. */
export function Loaded<T>({ of, children }: { of: Answer<T>; children: (data: NonNullable<T>) => ComponentChildren }) {
  const { data, failure, reload } = of;
  const retry = <Button small icon={RefreshCw} onClick={reload}>{t("common.retry")}</Button>;
  return (
    <>
      {failure && <Notice tone="bad" side={retry}>{failureText(failure)}</Notice>}
      {data !== undefined && data !== null ? children(data) : !failure && <Spinner />}
    </>
  );
}
