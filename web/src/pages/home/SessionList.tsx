import { call } from "../../api/client";
import { useApi } from "../../api/resource";
import { useAction } from "../../api/useAction";
import { t } from "../../i18n";
import { Button } from "../../ui/Button";
import { Card } from "../../ui/Card";
import { Empty } from "../../ui/Empty";
import { Failed } from "../../ui/Failed";
import { Gamepad2, MonitorPlay, Square, Zap } from "../../ui/icons";
import { Loaded } from "../../ui/Loaded";
import { keepOnly } from "./history";
import { SessionRow, sessionKey } from "./SessionRow";

export function SessionList() {
  const sessions = useApi("/api/v1/sessions", { every: 1000, exact: true, on: ["session."] });
  const action = useAction();
  const keyframe = () => void action.run(() => call("post", "/api/v1/session/idr"));
  const stop = () => void action.run(() => call("delete", "/api/v1/session"));
  const any = Boolean(sessions.data?.length);
  if (sessions.data) keepOnly(sessions.data.map(sessionKey));

  const buttons = any && (
    <div class="buttons">
      <Button icon={Zap} busy={action.busy} onClick={keyframe}>{t("home.keyframe")}</Button>
      <Button icon={Square} kind="danger" busy={action.busy} onClick={stop}>
        {t(sessions.data && sessions.data.length > 1 ? "home.stopAll" : "home.stop")}
      </Button>
    </div>
  );
  return (
    <Card title={t("home.sessions")} icon={MonitorPlay} side={buttons}>
      <Failed action={action} />
      <Loaded of={sessions}>
        {(list) =>
          list.length ? (
            <ul class="sessions">{list.map((s) => <SessionRow key={sessionKey(s)} session={s} />)}</ul>
          ) : (
            <Empty icon={Gamepad2} title={t("home.nobody")}>{t("home.nobodyHint")}</Empty>
          )
        }
      </Loaded>
    </Card>
  );
}
