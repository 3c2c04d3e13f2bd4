import { useApi } from "../../api/resource";
import { t } from "../../i18n";
import { Loaded } from "../../ui/Loaded";
import { Page } from "../../ui/Page";
import { CompositorCard } from "./CompositorCard";
import { DisplaysCard } from "./DisplaysCard";
import { GpuCard } from "./GpuCard";
import { IdentityCard } from "./IdentityCard";
import { PolicyCard } from "./PolicyCard";
import { PortsCard } from "./PortsCard";

export function HostPage() {
  const host = useApi("/api/v1/host");
  return (
    <Page title={t("host.title")} note={t("host.note")}>
      <div class="columns">
        <div>
          <DisplaysCard />
          <PolicyCard />
        </div>
        <div>
          <Loaded of={host}>
            {(h) => (
              <>
                <IdentityCard host={h} />
                <PortsCard ports={h.ports} />
              </>
            )}
          </Loaded>
          <CompositorCard />
          <GpuCard />
        </div>
      </div>
    </Page>
  );
}
