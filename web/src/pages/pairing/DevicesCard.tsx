import { useState } from "preact/hooks";
import { call } from "../../api/client";
import { refresh, useApi } from "../../api/resource";
import { t } from "../../i18n";
import { shortFingerprint } from "../../lib/format";
import { Badge } from "../../ui/Badge";
import { Button } from "../../ui/Button";
import { Card } from "../../ui/Card";
import { Confirm } from "../../ui/Confirm";
import { Empty } from "../../ui/Empty";
import { Link, Smartphone } from "../../ui/icons";
import { Loaded } from "../../ui/Loaded";
import { devicesOf, type Device } from "./devices";

async function unpair({ protocol, fingerprint }: Device): Promise<void> {
  const params = { fingerprint };
  if (protocol === "native") {
    await call("delete", "/api/v1/native/clients/{fingerprint}", { params });
    await refresh("/api/v1/native/clients");
  } else {
    await call("delete", "/api/v1/clients/{fingerprint}", { params });
    await refresh("/api/v1/clients");
  }
}

export function DevicesCard() {
  const native = useApi("/api/v1/native/clients", { every: 30_000, on: ["client."] });
  const moonlight = useApi("/api/v1/clients", { every: 10_000, on: ["client."], exact: true });
  const [doomed, setDoomed] = useState<Device | null>(null);
  return (
    <Card title={t("devices.title")} icon={Smartphone}>
      <Loaded of={native}>
        {(n) => (
          <Loaded of={moonlight}>
            {(m) => {
              const devices = devicesOf(n, m);
              if (!devices.length) return <Empty icon={Link} title={t("devices.none")}>{t("devices.noneHint")}</Empty>;
              return (
                <ul class="rows">
                  {devices.map((d) => <DeviceRow key={d.protocol + d.fingerprint} device={d} onUnpair={() => setDoomed(d)} />)}
                </ul>
              );
            }}
          </Loaded>
        )}
      </Loaded>
      {doomed && (
        <Confirm title={t("devices.unpairTitle")} text={t("devices.unpairText", { name: doomed.name })}
          yes={t("devices.unpair")} work={() => unpair(doomed)} onClose={() => setDoomed(null)} />
      )}
    </Card>
  );
}

function DeviceRow({ device: d, onUnpair }: { device: Device; onUnpair: () => void }) {
  return (
    <li class="row">
      <div class="row-main">
        <strong>{d.name}</strong>
        <code class="muted">{shortFingerprint(d.fingerprint)}</code>
      </div>
      <div class="badges">
        <Badge tone="accent">{t(`protocol.${d.protocol}`)}</Badge>
        <Button small label={`${t("devices.unpair")}: ${d.name}`} onClick={onUnpair}>{t("devices.unpair")}</Button>
      </div>
    </li>
  );
}
