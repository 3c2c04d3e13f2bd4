import { render } from "preact";
import { App } from "./app";
import { startLanguage } from "./i18n";
import { startRouter } from "./lib/router";
import { startTheme } from "./lib/theme";
import { startVisibility } from "./lib/visible";
import "./styles/tokens.css";
import "./styles/base.css";
import "./styles/shell.css";
import "./styles/parts.css";
import "./styles/pages.css";

startTheme();
startLanguage();
startVisibility();
startRouter();
const root = document.getElementById("app");
if (root) render(<App />, root);
