// An ESP32-S3's boot loader, by Espressif's esptool-js: only the partition of the models is written, where the board's own
// partition table has it.

export class EspError extends Error {}

const TABLE = { address: 0x8000, size: 0xc00, entry: 32 };
const MODELS = "models";
const CHIP = "ESP32-S3";
const INSTALL = "Install Seeed's firmware for the XIAO with their web tool first.";
const AGAIN = "Hold the board's BOOT button while you connect it, and try again.";
const RESET_MILLISECONDS = 100;

// Partitions of a table: [{ name, offset, size }], how many bytes their entries take, and the MD5 of those, if there.
export function readPartitions(table) {
  const view = new DataView(table.buffer, table.byteOffset, table.byteLength);
  const partitions = [];
  for (let place = 0; place + TABLE.entry <= table.length; place += TABLE.entry) {
    const entry = table.subarray(place, place + TABLE.entry);
    if (entry[0] === 0xeb && entry[1] === 0xeb) return { partitions, length: place, md5: hex(entry.subarray(16)) };
    if (entry.every(byte => byte === 0xff)) return { partitions, length: place, md5: "" };
    if (entry[0] !== 0xaa || entry[1] !== 0x50) break;
    const name = String.fromCharCode(...entry.subarray(12, 28)).split("\0")[0];
    partitions.push({ name, offset: view.getUint32(place + 4, true), size: view.getUint32(place + 8, true) });
  }
  throw new EspError(`The board has no partition table where an ESP32 has one. ${INSTALL}`);
}

// The partition for so many bytes of a model.
export function modelsPartition(partitions, size) {
  const found = partitions.find(each => each.name === MODELS);
  if (!found) throw new EspError(`The board has no partition for models. ${INSTALL}`);
  if (size > found.size) {
    const room = found.size.toLocaleString("en");
    throw new EspError(`The board's partition for models has room for ${room} bytes. Build a smaller model.`);
  }
  return found;
}

export function hex(bytes) {
  return Array.from(bytes, byte => byte.toString(16).padStart(2, "0")).join("");
}

// What esptool-js prints, kept for messages.
class Terminal {
  constructor() { this.lines = []; }
  clean() { this.lines = []; }
  write(text) { this.writeLine(text); }
  writeLine(text) { this.lines = [...this.lines.slice(-20), String(text).trim()].filter(Boolean); }
}

// Write the model and let the chip compute what it holds; `md5` is the model's, in hexadecimal. Returns the partition.
export async function flashEsp(port, { content, md5, baudRate, isCancelled, progress, say, tools = esptoolJs }) {
  const transport = new tools.Transport(port, false);
  transport.trace = () => null; // it writes some things to the console though it is told not to
  const loader = new tools.ESPLoader({ transport, baudrate: baudRate, romBaudrate: baudRate, terminal: new Terminal() });
  const [gone, forget] = disconnected(port);
  const unlessGone = work => Promise.race([work, gone]);
  let written = false;
  try {
    try {
      await unlessGone(loader.main());
    } catch (error) {
      if (/chip ID|magic/i.test(error.message)) throw new EspError(`It is another chip than an ${CHIP}.`);
      throw new EspError(`No boot loader of an ${CHIP} answered (${error.message}). ${AGAIN}`);
    }
    if (loader.chip.CHIP_NAME !== CHIP) throw new EspError(`It is an ${loader.chip.CHIP_NAME}, not an ${CHIP}.`);
    say("Reading the partition table …");
    const table = readPartitions(await unlessGone(loader.readFlash(TABLE.address, TABLE.size)));
    if (table.md5 && await unlessGone(loader.flashMd5sum(TABLE.address, table.length)) !== table.md5) {
      throw new EspError(`The board's partition table is damaged: its MD5 is another one. ${INSTALL}`);
    }
    const partition = modelsPartition(table.partitions, content.length);
    if (isCancelled()) throw new EspError("Cancelled; nothing was written.");
    written = true;
    await unlessGone(loader.writeFlash({
      fileArray: [{ data: content, address: partition.offset }],
      flashMode: "keep",
      flashFreq: "keep",
      flashSize: "keep",
      eraseAll: false,
      compress: false,
      reportProgress(_, done, total) {
        if (isCancelled()) throw new EspError("Cancelled: the model on the board is incomplete now. Flash it again.");
        progress(Math.min(done, content.length), Math.min(total, content.length));
      },
    }));
    if (await unlessGone(loader.flashMd5sum(partition.offset, content.length)) !== md5) {
      throw new EspError("The board holds something else than what was sent. Flash it again.");
    }
    return partition;
  } catch (error) {
    if (error instanceof EspError) throw error;
    const state = written ? " The model on the board is incomplete now." : " Nothing was written.";
    throw new EspError(`The board did not answer any more (${error.message}).${state} ${AGAIN}`);
  } finally {
    forget();
    await restart(transport);
  }
}

// A promise that fails when the cable is pulled, which esptool-js learns of by waiting; and what stops listening.
function disconnected(port) {
  const listening = new AbortController();
  const gone = new Promise((_, reject) => {
    const tell = () => reject(new Error("it was unplugged"));
    if (port.addEventListener) port.addEventListener("disconnect", tell, { signal: listening.signal });
  });
  gone.catch(() => null);
  return [gone, () => listening.abort()];
}

// RTS without DTR holds the chip in reset. esptool-js 0.7.0 only lets go of RTS.
async function restart(transport) {
  try {
    await transport.setDTR(false);
    await transport.setRTS(true);
    await new Promise(resolve => setTimeout(resolve, RESET_MILLISECONDS));
    await transport.setRTS(false);
    await transport.disconnect();
  } catch (error) {
    // It is gone already.
  }
}
