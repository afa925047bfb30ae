// The WE2's boot loader: a block that says where the file goes, then the file, both by XMODEM.

export class FlashError extends Error {}

const [SOH, EOT, ACK, NAK, CAN, CRC] = [1, 4, 6, 0x15, 0x18, 0x43];
const READY = "Send data using the xmodem protocol from your terminal";
const MENU = "Xmodem download and burn FW image";
const END = "Do you want to end file transmission and reboot system? (y)";
const BLOCK = 128;
const RETRIES = 16;
const ADVICE = "Reset the board and try again; use a short cable, without a hub.";

// Milliseconds; tests are less patient.
export const PATIENCE = { press: 20, reset: 2000, boot: 60000, choose: 1000, answer: 20000, block: 5000 };

export function crc16(bytes) {
  let value = 0;
  for (const byte of bytes) {
    value ^= byte << 8;
    for (let bit = 0; bit < 8; bit += 1) value = value & 0x8000 ? (value << 1) ^ 0x1021 : value << 1;
    value &= 0xffff;
  }
  return value;
}

export function preamble(address) {
  const block = new Uint8Array(BLOCK).fill(0xff);
  block.set([0xc0, 0x5a]);
  new DataView(block.buffer).setUint32(2, address, true);
  new DataView(block.buffer).setUint32(6, 0, true);
  block.set([0x5a, 0xc0], 10);
  return block;
}

// A block as it is sent: number, its complement, 128 bytes, CRC or sum.
export function packet(number, data, withCrc) {
  const filled = new Uint8Array(BLOCK).fill(0x1a);
  filled.set(data);
  const sum = filled.reduce((total, byte) => (total + byte) & 0xff, 0);
  const check = withCrc ? [crc16(filled) >> 8, crc16(filled) & 0xff] : [sum];
  return Uint8Array.from([SOH, number & 0xff, 255 - (number & 0xff), ...filled, ...check]);
}

export class Loader {
  constructor(line, { say, isCancelled, meanings, patience = PATIENCE }) {
    Object.assign(this, { line, say, isCancelled, meanings, patience });
    this.heard = "";
    this.inMenu = false;
    this.endAsked = false;
    this.left = new Uint8Array();
  }

  // One byte within so many milliseconds, or -1.
  async byte(milliseconds) {
    if (!this.left.length) this.left = await this.line.read(milliseconds);
    if (!this.left.length) return -1;
    const byte = this.left[0];
    this.left = this.left.subarray(1);
    return byte;
  }

  drop() {
    this.left = new Uint8Array();
    this.line.drop();
  }

  async refuseCancelled() {
    if (!this.isCancelled()) return;
    await this.line.write(Uint8Array.from([CAN, CAN]));
    throw new FlashError("Cancelled: the model on the board is incomplete now. Flash it again.");
  }

  // The one of `prompts` that came in time, or nothing; `1` is sent again and again meanwhile where it is asked for.
  async waitFor(prompts, milliseconds, press) {
    const deadline = performance.now() + milliseconds;
    let nextPress = 0;
    this.heard = "";
    while (performance.now() < deadline) {
      if (this.isCancelled()) throw new FlashError("Cancelled; nothing was written.");
      if (press && performance.now() >= nextPress) {
        await this.line.write(Uint8Array.from([0x31]));
        nextPress = performance.now() + this.patience.press;
      }
      const byte = await this.byte(this.patience.press);
      if (byte < 0) continue;
      this.heard = (this.heard + String.fromCharCode(byte)).slice(-100);
      const found = prompts.find(prompt => this.heard.endsWith(prompt));
      if (found) return found;
    }
    return "";
  }

  // Reset the board by its line, by command, or by hand, until its boot loader answers.
  async enter(signal) {
    let prompt = "";
    if (signal && await this.line.pulse(signal)) prompt = await this.waitFor([READY, MENU], this.patience.reset, true);
    if (!prompt) {
      await this.line.write(new TextEncoder().encode("\rAT+RST\r"));
      prompt = await this.waitFor([READY, MENU], this.patience.reset, true);
    }
    if (!prompt) {
      this.say("Press the board's reset button now.");
      prompt = await this.waitFor([READY, MENU], this.patience.boot, true);
    }
    if (!prompt) throw new FlashError("No boot loader answered. It is another board, or its cable carries no data.");
    this.inMenu = prompt === MENU;
  }

  // The byte with which the board asks for a file: it stands alone or is repeated.
  async request() {
    const deadline = performance.now() + this.patience.answer;
    let before = -1;
    let nextChoice = 0;
    while (performance.now() < deadline) {
      if (this.inMenu && performance.now() >= nextChoice) {
        await this.line.write(Uint8Array.from([0x31]));
        nextChoice = performance.now() + this.patience.choose;
      }
      const byte = await this.byte(100);
      if (before === CAN && byte === CAN) throw await this.refusal();
      if ((before === CRC || before === NAK) && (byte < 0 || byte === before)) {
        this.inMenu = false;
        this.drop();
        return before;
      }
      before = byte;
    }
    throw new FlashError("The board did not ask for the file. Reset it and try again.");
  }

  // ACK or NAK within so many milliseconds, or -1; two CAN in a row end it.
  async answer(milliseconds, isEnd) {
    const deadline = performance.now() + milliseconds;
    let cancels = 0;
    while (performance.now() < deadline) {
      const byte = await this.byte(deadline - performance.now());
      if (byte < 0) break;
      if (byte === CAN) {
        cancels += 1;
        if (cancels === 2) throw await this.refusal();
        continue;
      }
      cancels = 0;
      if (byte === ACK || byte === NAK) return byte;
      this.heard = (this.heard + String.fromCharCode(byte)).slice(-100);
      if (isEnd && this.heard.endsWith(END)) {
        this.endAsked = true;
        return ACK;
      }
    }
    return -1;
  }

  // Send until it is taken. Answers bear no number, so each copy's answer is waited for before the next block is sent.
  async exchange(bytes, isEnd) {
    this.drop();
    this.heard = "";
    let [copies, answers, accepted] = [0, 0, false];
    for (let attempt = 0; attempt < RETRIES; attempt += 1) {
      await this.refuseCancelled();
      await this.line.write(bytes);
      copies += 1;
      let answer = await this.answer(isEnd ? this.patience.answer : this.patience.block, isEnd);
      if (answer < 0) continue;
      for (;;) {
        answers += 1;
        accepted = accepted || answer === ACK;
        if (answers >= copies || this.endAsked) break;
        answer = await this.answer(2 * this.patience.block, isEnd);
        if (answer < 0) break;
      }
      copies = answers = 0;
      if (accepted) return;
    }
    throw new FlashError(`The board did not take a block. ${ADVICE}`);
  }

  async send(content, progress) {
    this.endAsked = false;
    const withCrc = await this.request() === CRC;
    for (let start = 0, number = 1; start < content.length; start += BLOCK, number += 1) {
      await this.exchange(packet(number, content.subarray(start, start + BLOCK), withCrc), false);
      progress(Math.min(start + BLOCK, content.length), content.length);
    }
    await this.exchange(Uint8Array.from([EOT]), true);
  }

  async reply(letter) {
    if (!this.endAsked && !await this.waitFor([END], this.patience.answer, false)) {
      throw new FlashError("The board took the file and then did not ask how to go on. Reset it and try again.");
    }
    await this.line.write(new TextEncoder().encode(letter));
  }

  async refusal() {
    let said = "";
    for (let byte = await this.byte(300); byte >= 0 && said.length < 200; byte = await this.byte(100)) {
      if (byte !== CAN && byte >= 32 && byte < 127) said += String.fromCharCode(byte);
      else if (byte === 10) said += "\n";
    }
    const found = Object.entries(this.meanings).find(([word]) => said.includes(word));
    const line = found ? said.split("\n").find(each => each.includes(found[0])) : said.trim().slice(0, 120);
    const words = (line ? ` and said "${line}"` : "") + (found ? `: ${found[1]}` : "");
    return new FlashError(`The board cancelled the transfer${words}. ${ADVICE}`);
  }
}

export async function flash(line, { address, content, signal, progress, ...rest }) {
  const loader = new Loader(line, rest);
  await loader.enter(signal);
  await loader.send(preamble(address), () => null);
  await loader.reply("n");
  await loader.send(content, progress);
  await loader.reply("y");
}
