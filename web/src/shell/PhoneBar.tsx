import { useEffect, useState } from "preact/hooks";
import { t } from "../i18n";
import { Icon } from "../ui/Icon";
import { Ellipsis } from "../ui/icons";
import { NavLink } from "./NavLink";
import { ROUTES } from "./routes";

/* Four links and the others behind "More". */
export function PhoneBar({ path }: { path: string }) {
  const [more, setMore] = useState(false);
  const rest = ROUTES.filter((r) => !r.phone);
  useEffect(() => {
    if (!more) return;
    const close = (event: KeyboardEvent) => event.key === "Escape" && setMore(false);
    addEventListener("keydown", close);
    return () => removeEventListener("keydown", close);
  }, [more]);
  return (
    <nav class="phone-bar" aria-label={t("nav.label")}>
      {more && (
        <div class="phone-more" id="phone-more">
          {rest.map((r) => <NavLink key={r.path} route={r} current={r.path === path} onClick={() => setMore(false)} />)}
        </div>
      )}
      {ROUTES.filter((r) => r.phone).map((r) => (
        <NavLink key={r.path} route={r} current={r.path === path} onClick={() => setMore(false)} />
      ))}
      <button type="button" class={`nav-link${rest.some((r) => r.path === path) ? " current" : ""}`}
        aria-expanded={more} aria-controls="phone-more" onClick={() => setMore(!more)}>
        <Icon of={Ellipsis} size={22} />
        <span>{t("nav.more")}</span>
      </button>
    </nav>
  );
}
