import { t } from "../../i18n";
import { Page } from "../../ui/Page";
import { ArmCard } from "./ArmCard";
import { DevicesCard } from "./DevicesCard";
import { MoonlightCard } from "./MoonlightCard";
import { PendingCard } from "./PendingCard";

export function PairingPage() {
  return (
    <Page title={t("pairing.title")} note={t("pairing.note")}>
      <PendingCard />
      <div class="columns even">
        <ArmCard />
        <MoonlightCard />
      </div>
      <DevicesCard />
    </Page>
  );
}
