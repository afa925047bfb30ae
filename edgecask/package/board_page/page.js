// The page: buttons, what is said, and which of the two things is going on.

import { SerialLine } from "./line.js";
import { Board } from "./sscma.js";
import { flash, PATIENCE } from "./xmodem.js";
import { flashEsp } from "./esp.js";
import { draw } from "./picture.js";

const facts = JSON.parse(document.getElementById("facts").textContent);
const REOPEN_TRIES = 20;
const part = id => document.getElementById(id);
const state = { serial: null, port: null, cancelled: false, busy: false, picture: null };

function say(text, isError = false) {
  part("status").textContent = text;
  part("status").className = isError ? "verdict fail" : "";
}

function setBusy(busy, what) {
  state.busy = busy;
  state.cancelled = false;
  for (const id of ["flash", "live"]) if (part(id)) part(id).disabled = busy;
  part("stop").hidden = !busy;
  part("stop").textContent = what === "flash" ? "Cancel" : "Stop";
}

async function choosePort() {
  if (state.port && state.port.connected !== false) return state.port;
  const filters = facts.usb.map(([usbVendorId, usbProductId]) => ({ usbVendorId, usbProductId }));
  state.port = await state.serial.requestPort({ filters });
  return state.port;
}

// Open a line for as long as `work` takes.
async function withBoard(what, work) {
  if (state.busy) return;
  let line = null;
  setBusy(true, what);
  try {
    line = new SerialLine(await choosePort());
    await line.open(facts.baudRate);
    await work(line);
  } catch (error) {
    if (error.name === "NotFoundError") say("No board was chosen.");
    else say(error.message, true);
    if (line && line.broken) state.port = null;
  } finally {
    if (line) await line.close();
    setBusy(false, what);
  }
}

function modelBytes() {
  const text = atob(part("model").textContent.trim());
  return Uint8Array.from(text, each => each.charCodeAt(0));
}

// What every way to flash is told.
function flashOptions() {
  return {
    content: modelBytes(),
    isCancelled: () => state.cancelled,
    say,
    progress(done, total) {
      part("progress").max = total;
      part("progress").value = done;
      say(`${done.toLocaleString("en")} of ${total.toLocaleString("en")} bytes`);
    },
  };
}

async function flashed(line) {
  part("progress").value = 0;
  part("progress").hidden = false;
  say("Resetting the board …");
  const begun = performance.now();
  try {
    if (facts.method === "esptool") {
      await line.close(); // esptool-js opens the port itself
      await flashEsp(line.port, { ...flashOptions(), md5: facts.md5, baudRate: facts.baudRate });
    } else {
      const patience = { ...PATIENCE, ...facts.patience };
      const { address, signal, meanings } = facts;
      await flash(line, { ...flashOptions(), address, signal, meanings, patience });
    }
  } finally {
    part("progress").hidden = true;
  }
  return Math.round((performance.now() - begun) / 1000);
}

// A board whose USB is the chip's own may vanish while it restarts.
async function reopened(port) {
  for (let left = REOPEN_TRIES; ; left -= 1) {
    const line = new SerialLine(port);
    try {
      await line.open(facts.baudRate);
      return line;
    } catch (error) {
      if (left === 0) throw error;
      await new Promise(resolve => setTimeout(resolve, 500));
    }
  }
}

async function flashBoard(line) {
  const seconds = await flashed(line);
  if (!facts.note) {
    say(`Done in ${seconds} s. The board restarts with the model.`);
    return;
  }
  say("The model is written; telling the board which one it is …");
  let told = line;
  try {
    if (facts.method === "esptool") told = await reopened(line.port);
    const board = new Board(told, facts.method === "esptool" ? facts.signal : "");
    const identity = await board.tell(facts.method === "esptool" ? null : facts.address, facts.note);
    say(`Done in ${seconds} s: ${identity.name}, firmware of ${identity.software}, has chosen the model.`);
  } catch (error) {
    say(`The model is written, but: ${error.message}`, true);
  } finally {
    if (told !== line) await told.close();
  }
}

async function showLive(line) {
  const board = new Board(line, facts.signal);
  const arrivals = [];
  say("Asking the board …");
  const goesOn = () => !state.cancelled;
  async function show(frame, at) {
    arrivals.push(at);
    if (arrivals.length > 20) arrivals.shift();
    const span = at - arrivals[0];
    const drawn = await draw(part("picture"), frame, facts.bones, facts.protocol === "himax", facts.classes);
    part("view").hidden = false;
    part("people").textContent = frame.people.length;
    part("rate").textContent = span > 0 ? (1000 * (arrivals.length - 1) / span).toFixed(1) : "–";
    const times = frame.times || (frame.ticks === null ? null : [(frame.ticks / facts.ticks).toFixed(1)]);
    part("times").textContent = times ? `${times.join(" + ")} ms` : "–";
    if (drawn && frame.picture) {
      state.picture = frame.picture;
      part("save").disabled = false;
    }
  }
  if (facts.replay) {
    say("A recording.");
    await board.overhear(goesOn, show, event => event.name.split("@").pop() === "INVOKE");
  } else if (facts.protocol === "himax") {
    say("Listening to the app.");
    await board.overhear(goesOn, show, event => event.name === "INVOKE" && event.data && event.data.algo_tick);
  } else {
    const identity = await board.identify();
    say(`${identity.name}, firmware of ${identity.software}`);
    await board.watch(goesOn, show);
  }
  say("Stopped.");
}

function savePicture() {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([state.picture], { type: "image/jpeg" }));
  link.download = `${facts.target}-${Date.now()}.jpg`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

// `serial` is navigator.serial, which not every browser has, or what stands for it; with `atOnce` nobody has to click.
export function start(serial, atOnce) {
  if (!serial) return;
  state.serial = serial;
  part("with-serial").hidden = false;
  part("without-serial").hidden = true;
  if (part("flash")) part("flash").addEventListener("click", () => withBoard("flash", flashBoard));
  part("live").addEventListener("click", () => withBoard("live", showLive));
  part("stop").addEventListener("click", () => { state.cancelled = true; });
  part("save").addEventListener("click", savePicture);
  if (atOnce) withBoard("live", showLive);
}
