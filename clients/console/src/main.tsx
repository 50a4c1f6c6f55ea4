/** Where the page begins. */

import "uplot/dist/uPlot.min.css";
import "./styles/tokens.css";
import "./styles/shell.css";
import "./styles/parts.css";
import "./styles/pages.css";
import { render } from "preact";
import { App } from "./app.js";
import { listen } from "./components/keys.js";
import { follow } from "./lib/live.js";

follow();
listen();
const root = document.getElementById("app");
if (root) render(<App />, root);
