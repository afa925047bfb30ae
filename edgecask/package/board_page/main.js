// The page in a package: it talks to the board by the browser's own Web Serial.

import { start } from "./page.js";

start(navigator.serial, false);
