import type { Failure } from "../api/client";
import { t } from "../i18n";

export function failureText(failure: Failure): string {
  if (failure.status === 0) return t("common.unreachable");
  if (failure.status === 429) return t("login.throttled", { n: failure.retryAfter || 1 });
  return failure.message || t("common.failed", { status: failure.status });
}
