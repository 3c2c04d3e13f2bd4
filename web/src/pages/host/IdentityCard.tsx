import type { Schema } from "../../api/types";
import { t } from "../../i18n";
import { Badge } from "../../ui/Badge";
import { Card } from "../../ui/Card";
import { Facts } from "../../ui/Facts";
import { Server } from "../../ui/icons";

export function IdentityCard({ host: h }: { host: Schema["HostInfo"] }) {
  return (
    <Card title={t("host.identity")} icon={Server}>
      <Facts
        of={[
          [t("host.name"), h.hostname],
          [t("host.address"), h.local_ip],
          [t("host.version"), `${h.version} (${h.app_version})`],
          [t("host.abi"), h.abi_version],
          [t("host.id"), <code>{h.uniqueid}</code>],
          [t("host.codecs"), <span class="badges">{h.codecs.map((c) => <Badge key={c}>{c.toUpperCase()}</Badge>)}</span>],
        ]}
      />
    </Card>
  );
}
