/* The icons that we use; the others stay out of the bundle. */
export {
  Activity, BadgeCheck, Check, ChevronRight, CircleAlert, CircleCheck, Clock, Cpu, Download, Ellipsis, Eye, EyeOff, Gamepad2,
  Gauge, House, Info, KeyRound, Languages, Library, Link, LogOut, Monitor, MonitorOff, MonitorPlay, Network, Palette, Pause, Pencil,
  Play, Plus, RefreshCw, ScrollText, Search, Server, Settings, ShieldCheck, Smartphone, Square, Trash, TriangleAlert, X, Zap,
  Circle, GitCompare, Volume2, Video, Layers,
} from "lucide";
