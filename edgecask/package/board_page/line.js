// A serial line: bytes as they come, with a time limit, from a port of the WICG's Serial API.

export const BUFFER_BYTES = 65536; // the browser's own 255 would lose pictures at 921,600 bits per second

const PASSING = ["BreakError", "FramingError", "ParityError", "BufferOverrunError"];

export class LineError extends Error {}

export class SerialLine {
  constructor(port) {
    this.port = port;
    this.chunks = [];
    this.broken = null;
    this.waiting = null;
    this.reader = null;
  }

  async open(baudRate) {
    try {
      await this.port.open({ baudRate, bufferSize: BUFFER_BYTES });
    } catch (error) {
      throw new LineError(`The port cannot be opened (${error.message}). Close other programs and tabs that use it.`);
    }
    this.pump();
  }

  async pump() {
    try {
      while (this.port.readable && !this.broken) {
        this.reader = this.port.readable.getReader();
        try {
          for (;;) {
            const { value, done } = await this.reader.read();
            if (done) break;
            this.chunks.push(value);
            this.wake();
          }
        } catch (error) {
          // A board that restarts makes breaks and framing errors; the port goes on with a new stream.
          if (!PASSING.includes(error.name) || !this.port.readable) throw error;
        } finally {
          this.reader.releaseLock();
        }
        if (this.closing) break;
      }
      if (!this.closing) this.fail("it was unplugged");
    } catch (error) {
      this.fail(error.message);
    }
  }

  fail(reason) {
    this.broken = new LineError(`The connection broke off (${reason}). Connect the board again and start over.`);
    this.wake();
  }

  wake() {
    const waiting = this.waiting;
    this.waiting = null;
    if (waiting) waiting();
  }

  async write(bytes) {
    if (this.broken) throw this.broken;
    const writer = this.port.writable.getWriter();
    try {
      await writer.write(bytes);
    } catch (error) {
      this.fail(error.message);
      throw this.broken;
    } finally {
      writer.releaseLock();
    }
  }

  // What came, at once or within so many milliseconds; nothing where nothing did.
  async read(milliseconds) {
    if (!this.chunks.length && !this.broken) {
      await new Promise(resolve => {
        const timer = setTimeout(resolve, milliseconds);
        this.waiting = () => { clearTimeout(timer); resolve(); };
      });
      this.waiting = null;
    }
    if (this.chunks.length) return this.chunks.shift();
    if (this.broken) throw this.broken;
    return new Uint8Array();
  }

  drop() {
    this.chunks = [];
  }

  // Off, a tenth of a second, on: the board restarts where its circuit takes it so.
  async pulse(signal) {
    try {
      await this.port.setSignals({ [signal]: false });
      await new Promise(resolve => setTimeout(resolve, 100));
      await this.port.setSignals({ [signal]: true });
    } catch (error) {
      return false;
    }
    return true;
  }

  async close() {
    this.closing = true;
    try {
      if (this.reader) await this.reader.cancel();
    } catch (error) {
      // It is gone already.
    }
    try {
      await this.port.close();
    } catch (error) {
      // It is gone already.
    }
  }
}
