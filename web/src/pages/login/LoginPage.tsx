import { useState } from "preact/hooks";
import { Failure, send } from "../../api/client";
import { useAction } from "../../api/useAction";
import { t } from "../../i18n";
import { safeNext } from "../../lib/next";
import { place } from "../../lib/router";
import { Button } from "../../ui/Button";
import { failureText } from "../../ui/failure";
import { Notice } from "../../ui/Notice";
import { PasswordField } from "../../ui/PasswordField";
import { Door } from "./Door";

function reason(failure: Failure): string {
  if (failure.status === 401) return t("login.wrong");
  if (failure.status === 503) return t("login.noPassword");
  return failureText(failure);
}

export function LoginPage() {
  const [password, setPassword] = useState("");
  const action = useAction();
  const signIn = async () => {
    const ok = await action.run(() => send("post", "/_auth/login", { password }));
    if (ok) location.assign(safeNext(place.get().query.get("next"), location.origin));
    else setPassword("");
  };
  return (
    <Door title={t("login.title")} note={t("login.note")}>
      <form class="stack" onSubmit={(event) => { event.preventDefault(); void signIn(); }}>
        <PasswordField label={t("login.password")} value={password} onInput={setPassword} autofocus />
        {action.failure && <Notice tone="bad">{reason(action.failure)}</Notice>}
        <Button submit kind="main" busy={action.busy} disabled={!password}>{t("login.submit")}</Button>
      </form>
      <p class="muted small">{t("login.help")}</p>
    </Door>
  );
}
