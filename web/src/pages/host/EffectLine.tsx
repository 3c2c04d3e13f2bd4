import { plural, t, tMaybe } from "../../i18n";
import { Facts } from "../../ui/Facts";
import type { Effect } from "./policy";

function keepText(keep: Effect["keep_alive"]): string {
  if (keep.mode !== "duration") return tMaybe(`keep.${keep.mode}`, keep.mode);
  return plural(keep.seconds, "policy.secondOne", "policy.secondMany");
}

export function EffectLine({ effect: e }: { effect: Effect }) {
  return (
    <div class="effect">
      <h3>{t("policy.effect")}</h3>
      <Facts
        of={[
          [t("policy.keepAlive"), keepText(e.keep_alive)],
          [t("policy.topology"), tMaybe(`topology.${e.topology}`, e.topology)],
          [t("policy.conflict"), tMaybe(`conflict.${e.mode_conflict}`, e.mode_conflict)],
          [t("policy.identity"), tMaybe(`identity.${e.identity}`, e.identity)],
          [t("policy.max"), e.max_displays],
        ]}
      />
    </div>
  );
}
