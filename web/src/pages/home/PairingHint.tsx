import { useApi } from "../../api/resource";
import { plural, t } from "../../i18n";
import { Notice } from "../../ui/Notice";

/* Somebody waits at the door. */
export function PairingHint() {
  const { data } = useApi("/api/v1/native/pending", { every: 3000, on: ["pairing."] });
  if (!data?.length) return null;
  return (
    <Notice side={<a class="button main small" href="/pairing">{t("home.look")}</a>}>
      {plural(data.length, "home.waitingOne", "home.waitingMany")}
    </Notice>
  );
}
