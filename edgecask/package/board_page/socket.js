// A port of `edgecask watch`: its bytes pass through a WebSocket. It has what line.js uses of the WICG's SerialPort.

export class SocketPort {
  constructor(address) {
    this.address = address;
    this.readable = null;
    this.writable = null;
    this.connected = false;
  }

  // The server has opened the board's port already, at its rate; this only connects to it.
  async open() {
    const socket = new WebSocket(this.address);
    socket.binaryType = "arraybuffer";
    const buffered = [];
    let controller = { enqueue: chunk => buffered.push(chunk), error: () => null };
    this.readable = new ReadableStream({
      start(own) {
        buffered.forEach(chunk => own.enqueue(chunk));
        controller = own;
      },
    });
    this.writable = new WritableStream({ write: chunk => socket.send(chunk) });
    let reason = "";
    socket.onmessage = ({ data }) => {
      if (typeof data === "string") reason = data;
      else controller.enqueue(new Uint8Array(data));
    };
    this.socket = socket;
    await new Promise((resolve, reject) => {
      socket.onopen = resolve;
      socket.onerror = () => reject(new Error("edgecask does not answer, or another tab shows this board"));
    });
    this.connected = true;
    socket.onclose = () => {
      this.connected = false;
      const ended = this.readable;
      this.readable = null;
      if (ended && !this.closing) controller.error(new Error(reason || "`edgecask watch` has ended"));
    };
  }

  async setSignals(signals) {
    this.socket.send(JSON.stringify(signals));
  }

  async close() {
    this.closing = true;
    this.socket.close();
    this.closing = false;
  }
}

// Stands for navigator.serial: there is one port, which nobody has to choose.
export class SocketSerial {
  constructor(address) {
    this.port = new SocketPort(address);
  }

  async requestPort() {
    return this.port;
  }
}
