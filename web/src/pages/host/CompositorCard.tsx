import { useApi } from "../../api/resource";
import { t } from "../../i18n";
import { Badge } from "../../ui/Badge";
import { Card } from "../../ui/Card";
import { Layers } from "../../ui/icons";
import { Loaded } from "../../ui/Loaded";

export function CompositorCard() {
  const compositors = useApi("/api/v1/compositors");
  return (
    <Card title={t("host.compositors")} icon={Layers}>
      <Loaded of={compositors}>
        {(list) => (
          <ul class="rows">
            {list.map((c) => (
              <li key={c.id} class="row">
                <div class="row-main"><strong>{c.label}</strong></div>
                <div class="badges">
                  {c.default && <Badge tone="accent">{t("host.default")}</Badge>}
                  {c.available ? <Badge tone="good">{t("host.available")}</Badge> : <Badge>{t("host.absent")}</Badge>}
                </div>
              </li>
            ))}
          </ul>
        )}
      </Loaded>
    </Card>
  );
}
