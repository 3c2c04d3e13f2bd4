import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";
import { live, startEvents } from "../api/events";
import { t } from "../i18n";
import { useStore } from "../lib/store";
import { LanguageSwitch } from "./LanguageSwitch";
import { Logo } from "./Logo";
import { NavLink } from "./NavLink";
import { PhoneBar } from "./PhoneBar";
import { ROUTES } from "./routes";

/* What is around every page: the navigation, at the left or, on a phone, at the foot. */
export function Frame({ path, children }: { path: string; children: ComponentChildren }) {
  useEffect(startEvents, []);
  const connected = useStore(live);
  return (
    <div class="frame">
      <a class="skip" href="#main">{t("nav.skip")}</a>
      <header class="top">
        <a class="brand" href="/" aria-label={t("nav.brand")}><Logo /><span>punktfunk</span></a>
        <LanguageSwitch />
      </header>
      <aside class="side">
        <a class="brand" href="/" aria-label={t("nav.brand")}><Logo size={36} /><span>punktfunk</span></a>
        <nav aria-label={t("nav.label")}>
          {ROUTES.map((r) => <NavLink key={r.path} route={r} current={r.path === path} />)}
        </nav>
        <p class={`live ${connected ? "on" : ""}`} role="status">
          <span class="dot" aria-hidden="true" />{t(connected ? "nav.live" : "nav.polling")}
        </p>
        <LanguageSwitch />
      </aside>
      <main id="main" tabIndex={-1}>{children}</main>
      <PhoneBar path={path} />
    </div>
  );
}
