// What stands for a board in tests of single modules; whole conversations are held with simulated boards in Chromium.

export const text = bytes => String.fromCharCode(...bytes);
export const bytes = characters => Uint8Array.from(characters, each => each.charCodeAt(0));

// A line on which `answer` says what comes back for what is written: texts, one after the other.
export class FakeLine {
  constructor(answer) {
    this.answer = answer;
    this.waiting = [];
    this.written = [];
    this.pulses = [];
    this.broken = null;
  }

  async write(data) {
    this.written.push(text(data));
    this.waiting.push(...[].concat(this.answer(text(data)) || []).map(bytes));
  }

  async read(milliseconds) {
    if (!this.waiting.length) await new Promise(resolve => setTimeout(resolve, Math.min(milliseconds, 20)));
    return this.waiting.shift() || new Uint8Array();
  }

  drop() { this.waiting = []; }

  async pulse(signal) {
    this.pulses.push(signal);
    return true;
  }
}

export const reply = (name, data, { code = 0, type = 0 } = {}) =>
  `\r${JSON.stringify({ type, name, code, data })}\n`;
