import { call } from "../../api/client";
import { refresh, useApi } from "../../api/resource";
import { useAction } from "../../api/useAction";
import { t } from "../../i18n";
import { Button } from "../../ui/Button";
import { Card } from "../../ui/Card";
import { Empty } from "../../ui/Empty";
import { Failed } from "../../ui/Failed";
import { Monitor, MonitorOff } from "../../ui/icons";
import { Loaded } from "../../ui/Loaded";
import { DisplayRow } from "./DisplayRow";

const PATH = "/api/v1/display/state";

export function DisplaysCard() {
  const displays = useApi(PATH, { every: 2000, on: ["display."] });
  const action = useAction();
  const release = (slot: number | null) =>
    void action.run(async () => {
      await call("post", "/api/v1/display/release", { body: { slot } });
      await refresh(PATH);
    });
  const kept = displays.data?.displays.some((d) => d.state !== "active");
  const all = kept && (
    <Button small busy={action.busy} onClick={() => release(null)}>{t("display.releaseAll")}</Button>
  );
  return (
    <Card title={t("display.live")} icon={Monitor} side={all}>
      <Failed action={action} />
      <Loaded of={displays}>
        {({ displays: list }) =>
          list.length ? (
            <ul class="rows" aria-live="polite">
              {list.map((d) => (
                <DisplayRow key={d.slot} display={d} busy={action.busy} onRelease={() => release(d.slot)} />
              ))}
            </ul>
          ) : (
            <Empty icon={MonitorOff} title={t("display.none")}>{t("display.noneHint")}</Empty>
          )
        }
      </Loaded>
    </Card>
  );
}
