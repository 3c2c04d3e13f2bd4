/* The pages behind the door, in the order of the navigation. */
import type { IconNode } from "lucide";
import type { ComponentType } from "preact";
import type { Key } from "../i18n";
import { HomePage } from "../pages/home/HomePage";
import { HostPage } from "../pages/host/HostPage";
import { LibraryPage } from "../pages/library/LibraryPage";
import { LogsPage } from "../pages/logs/LogsPage";
import { PairingPage } from "../pages/pairing/PairingPage";
import { SettingsPage } from "../pages/settings/SettingsPage";
import { Gauge, House, Library, Link, ScrollText, Server, Settings } from "../ui/icons";

export interface Route {
  path: string;
  name: Key;
  icon: IconNode;
  page?: ComponentType; // none: loaded when it is wanted
  load?: () => Promise<ComponentType>;
  phone?: boolean; // in the bar of a phone; the others are behind "More"
}

export const ROUTES: Route[] = [
  { path: "/", name: "nav.home", icon: House, page: HomePage, phone: true },
  { path: "/host", name: "nav.host", icon: Server, page: HostPage, phone: true },
  { path: "/library", name: "nav.library", icon: Library, page: LibraryPage, phone: true },
  { path: "/stats", name: "nav.stats", icon: Gauge, load: () => import("../pages/stats/StatsPage").then((m) => m.StatsPage) },
  { path: "/logs", name: "nav.logs", icon: ScrollText, page: LogsPage },
  { path: "/pairing", name: "nav.pairing", icon: Link, page: PairingPage, phone: true },
  { path: "/settings", name: "nav.settings", icon: Settings, page: SettingsPage },
];
