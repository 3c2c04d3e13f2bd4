import type { Schema } from "../../api/types";
import { t } from "../../i18n";
import { Card } from "../../ui/Card";
import { Facts } from "../../ui/Facts";
import { Network } from "../../ui/icons";

export function PortsCard({ ports: p }: { ports: Schema["PortMap"] }) {
  return (
    <Card title={t("host.ports")} icon={Network}>
      <Facts
        of={[
          [t("port.mgmt"), p.mgmt],
          [t("port.https"), p.https],
          [t("port.http"), p.http],
          [t("port.rtsp"), p.rtsp],
          [t("port.video"), p.video],
          [t("port.control"), p.control],
          [t("port.audio"), p.audio],
        ]}
      />
    </Card>
  );
}
