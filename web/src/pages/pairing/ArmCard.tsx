import { useEffect, useState } from "preact/hooks";
import { call } from "../../api/client";
import { put, refresh, useApi } from "../../api/resource";
import type { Schema } from "../../api/types";
import { useAction } from "../../api/useAction";
import { t } from "../../i18n";
import { Button } from "../../ui/Button";
import { Card } from "../../ui/Card";
import { Failed } from "../../ui/Failed";
import { KeyRound } from "../../ui/icons";
import { Loaded } from "../../ui/Loaded";
import { Notice } from "../../ui/Notice";
import { PinDisplay } from "./PinDisplay";

const PATH = "/api/v1/native/pair";
const TTL_SECS = 120;

export function ArmCard() {
  const [armed, setArmed] = useState(false);
  const pairing = useApi(PATH, { every: armed ? 1000 : 4000, exact: armed, on: ["pairing.", "client."] });
  useEffect(() => setArmed(pairing.data?.armed ?? false), [pairing.data]);
  return (
    <Card title={t("pair.title")} icon={KeyRound} note={t("pair.note")}>
      <Loaded of={pairing}>{(p) => (p.enabled ? <Window status={p} /> : <Notice>{t("pair.off")}</Notice>)}</Loaded>
    </Card>
  );
}

function Window({ status: p }: { status: Schema["NativePairStatus"] }) {
  const action = useAction();
  const [asked, setAsked] = useState(false); // results of windows that this page did not open are old news
  const arm = () =>
    void action.run(async () => {
      setAsked(true);
      put(PATH, await call("post", "/api/v1/native/pair/arm", { body: { ttl_secs: TTL_SECS } }));
    });
  const disarm = () =>
    void action.run(async () => {
      setAsked(false);
      await call("delete", PATH);
      await refresh(PATH);
    });
  if (p.armed && p.pin)
    return (
      <>
        <PinDisplay pin={p.pin} seconds={p.expires_in_secs ?? 0} of={p} total={TTL_SECS} />
        <Failed action={action} />
        <Button busy={action.busy} onClick={disarm}>{t("common.cancel")}</Button>
      </>
    );
  return (
    <>
      {asked && <Outcome status={p} />}
      <Failed action={action} />
      <Button kind="main" icon={KeyRound} busy={action.busy} onClick={arm}>{t("pair.arm")}</Button>
    </>
  );
}

function Outcome({ status: p }: { status: Schema["NativePairStatus"] }) {
  switch (p.last_result) {
    case "trying": return <Notice>{t("pair.trying")}</Notice>;
    case "paired": return <Notice tone="good">{t("pair.paired", { name: p.last_device?.name ?? "" })}</Notice>;
    case "failed": return <Notice tone="bad">{t("pair.failed")}</Notice>;
    case "expired": return <Notice tone="warn">{t("pair.expired")}</Notice>;
    default: return null;
  }
}
