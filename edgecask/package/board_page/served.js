// The page of `edgecask watch`, which has the port: the page begins by itself.

import { start } from "./page.js";
import { SocketSerial } from "./socket.js";

const address = new URL("serial", location.href);
address.protocol = "ws:";
start(new SocketSerial(address.href), true);
