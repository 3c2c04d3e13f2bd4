import { useApi } from "../../api/resource";
import { t } from "../../i18n";
import { Loaded } from "../../ui/Loaded";
import { Page } from "../../ui/Page";
import { PairingHint } from "./PairingHint";
import { SessionList } from "./SessionList";
import { Tiles } from "./Tiles";

export function HomePage() {
  const status = useApi("/api/v1/status", { every: 2000, on: ["session.", "client.", "pairing."] });
  const host = useApi("/api/v1/host");
  return (
    <Page title={t("home.title")} note={host.data ? t("home.note", { name: host.data.hostname }) : undefined}>
      <Loaded of={status}>{(s) => <Tiles status={s} />}</Loaded>
      <PairingHint />
      <SessionList />
    </Page>
  );
}
