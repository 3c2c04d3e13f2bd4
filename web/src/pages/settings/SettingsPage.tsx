import { send } from "../../api/client";
import { forgetAll, useApi } from "../../api/resource";
import { useAction } from "../../api/useAction";
import { chooseLanguage, language, LANGUAGES, t, type Language } from "../../i18n";
import { navigate } from "../../lib/router";
import { chooseTheme, theme, THEMES } from "../../lib/theme";
import { useStore } from "../../lib/store";
import { Button } from "../../ui/Button";
import { Card } from "../../ui/Card";
import { Choice } from "../../ui/Choice";
import { Facts } from "../../ui/Facts";
import { Failed } from "../../ui/Failed";
import { Info, Languages, LogOut, Palette } from "../../ui/icons";
import { Page } from "../../ui/Page";

export function SettingsPage() {
  const chosen = useStore(language);
  const look = useStore(theme);
  const host = useApi("/api/v1/host");
  const action = useAction();
  const signOut = async (everywhere: boolean) => {
    const ok = await action.run(() => send("post", "/_auth/logout", { everywhere }));
    if (!ok) return;
    forgetAll();
    navigate("/login", true);
  };
  return (
    <Page title={t("settings.title")} note={t("settings.note")}>
      <div class="columns even">
        <Card title={t("settings.language")} icon={Languages}>
          <Choice label={t("settings.language")} hideLabel value={chosen} onChange={chooseLanguage}
            options={(Object.keys(LANGUAGES) as Language[]).map((value) => ({ value, text: LANGUAGES[value] }))} />
        </Card>
        <Card title={t("settings.theme")} icon={Palette}>
          <Choice label={t("settings.theme")} hideLabel value={look} onChange={chooseTheme}
            options={THEMES.map((value) => ({ value, text: t(`theme.${value}`) }))} />
        </Card>
        <Card title={t("settings.session")} icon={LogOut} note={t("settings.sessionNote")}>
          <Failed action={action} />
          <div class="buttons">
            <Button icon={LogOut} busy={action.busy} onClick={() => void signOut(false)}>{t("settings.signOut")}</Button>
            <Button kind="quiet" busy={action.busy} onClick={() => void signOut(true)}>{t("settings.everywhere")}</Button>
          </div>
        </Card>
        <Card title={t("settings.about")} icon={Info}>
          <Facts of={[[t("host.name"), host.data?.hostname ?? "…"], [t("host.version"), host.data?.version ?? "…"]]} />
        </Card>
      </div>
    </Page>
  );
}
