import assert from "node:assert/strict";
import test from "node:test";
import { bytes, text } from "./fakes.js";
import { SerialLine } from "./line.js";
import { SocketSerial } from "./socket.js";

// The WebSocket of the standard, as far as it is used.
class FakeSocket {
  static made = [];
  constructor(address) {
    Object.assign(this, { address, sent: [] });
    FakeSocket.made.push(this);
    queueMicrotask(() => (FakeSocket.refuses ? this.onerror() : this.onopen()));
  }
  send(data) { this.sent.push(data); }
  close() { this.onclose(); }
}
globalThis.WebSocket = FakeSocket;
const opened = async () => {
  const line = new SerialLine(await new SocketSerial("ws://127.0.0.1:1/x/serial").requestPort());
  await line.open(921600);
  return [line, FakeSocket.made.at(-1)];
};

test("bytes are binary, lines of the port are text", async () => {
  const [line, socket] = await opened();
  assert.deepEqual([socket.address, socket.binaryType], ["ws://127.0.0.1:1/x/serial", "arraybuffer"]);
  await line.write(bytes("AT\r"));
  assert.equal(text(socket.sent[0]), "AT\r");
  await line.pulse("dataTerminalReady");
  assert.deepEqual(socket.sent.slice(1), ['{"dataTerminalReady":false}', '{"dataTerminalReady":true}']);
  socket.onmessage({ data: bytes("reply").buffer });
  assert.equal(text(await line.read(1000)), "reply");
});

test("the server says why it ends", async () => {
  const [line, socket] = await opened();
  socket.onmessage({ data: "The board is gone." });
  socket.onclose();
  await assert.rejects(line.read(1000), /The board is gone\./);
});

test("a page that leaves breaks nothing", async () => {
  const [line] = await opened();
  await line.close();
  assert.equal(line.broken, null);
});

test("a server that is not there", async () => {
  FakeSocket.refuses = true;
  await assert.rejects(opened(), /does not answer/);
  FakeSocket.refuses = false;
});
