import { language, t } from "./i18n";
import { place } from "./lib/router";
import { useStore } from "./lib/store";
import { LoginPage } from "./pages/login/LoginPage";
import { SetupPage } from "./pages/login/SetupPage";
import { Frame } from "./shell/Frame";
import { Lazy } from "./shell/Lazy";
import { ROUTES } from "./shell/routes";
import { Page } from "./ui/Page";

function NotFound() {
  return (
    <Page title={t("notFound.title")}>
      <p>{t("notFound.text")} <a href="/">{t("notFound.home")}</a></p>
    </Page>
  );
}

export function App() {
  useStore(language); // every text is drawn again in the new one
  const { path } = useStore(place);
  if (path === "/login") return <LoginPage />;
  if (path === "/setup") return <SetupPage />;
  const route = ROUTES.find((r) => r.path === path);
  const Found = route?.page;
  return (
    <Frame path={path}>
      {route?.load ? <Lazy key={path} load={route.load} /> : Found ? <Found key={path} /> : <NotFound />}
    </Frame>
  );
}
