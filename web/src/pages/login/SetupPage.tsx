import { useState } from "preact/hooks";
import { Failure, send } from "../../api/client";
import { useAction } from "../../api/useAction";
import { t } from "../../i18n";
import { place } from "../../lib/router";
import { Button } from "../../ui/Button";
import { failureText } from "../../ui/failure";
import { Notice } from "../../ui/Notice";
import { PasswordField } from "../../ui/PasswordField";
import { Door } from "./Door";
import { LEAST, problemOf } from "./password";

function reason(failure: Failure): string {
  if (failure.status === 401 || failure.status === 403) return t("setup.badLink");
  if (failure.status === 409) return t("setup.done");
  return failureText(failure);
}

/* The first password, with the one-time link that the host printed. The token is taken from the address at once. */
export function SetupPage() {
  const [token] = useState(() => place.get().hash);
  const [password, setPassword] = useState("");
  const [again, setAgain] = useState("");
  const [tried, setTried] = useState(false);
  const action = useAction();
  const problem = problemOf(password, again);
  const save = async () => {
    setTried(true);
    if (problem) return;
    if (await action.run(() => send("post", "/_auth/setup", { token, password }))) location.assign("/");
  };
  if (!token)
    return (
      <Door title={t("setup.title")} note={t("setup.noLink")}>
        <p class="muted">{t("setup.noLinkHint")}</p>
        <a class="button main" href="/login">{t("setup.toLogin")}</a>
      </Door>
    );
  return (
    <Door title={t("setup.title")} note={t("setup.note")}>
      <form class="stack" onSubmit={(event) => { event.preventDefault(); void save(); }}>
        <PasswordField label={t("setup.password")} hint={t("setup.hint", { n: LEAST })} value={password}
          onInput={setPassword} fresh autofocus />
        <PasswordField label={t("setup.again")} value={again} onInput={setAgain} fresh />
        {tried && problem && <Notice tone="bad">{t(problem, { n: LEAST })}</Notice>}
        {action.failure && <Notice tone="bad">{reason(action.failure)}</Notice>}
        <Button submit kind="main" busy={action.busy} disabled={!password || !again}>{t("setup.submit")}</Button>
      </form>
    </Door>
  );
}
