import { t } from "../i18n";
import { Icon } from "../ui/Icon";
import type { Route } from "./routes";

export function NavLink({ route, current, onClick }: { route: Route; current: boolean; onClick?: () => void }) {
  return (
    <a href={route.path} class="nav-link" aria-current={current ? "page" : undefined} onClick={onClick}>
      <Icon of={route.icon} size={22} />
      <span>{t(route.name)}</span>
    </a>
  );
}
