import type { ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";
import { t } from "../i18n";
import { Spinner } from "../ui/Loaded";
import { Notice } from "../ui/Notice";

/* A page that is fetched when it is wanted. */
export function Lazy({ load }: { load: () => Promise<ComponentType> }) {
  const [Page, setPage] = useState<ComponentType | null>(null);
  const [failed, setFailed] = useState(false);
  useEffect(() => {
    load().then((page) => setPage(() => page), () => setFailed(true));
  }, [load]);
  if (failed) return <Notice tone="bad">{t("common.reload")}</Notice>;
  return Page ? <Page /> : <Spinner />;
}
