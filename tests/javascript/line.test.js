import assert from "node:assert/strict";
import test from "node:test";
import { bytes, text } from "./fakes.js";
import { BUFFER_BYTES, LineError, SerialLine } from "./line.js";

// A port of the Serial API on streams of the standard; `controller` gives what comes.
const port = () => {
  const made = {
    sent: [], signals: [],
    async open(options) {
      made.options = options;
      made.readable = new ReadableStream({ start(controller) { made.controller = controller; } });
      made.writable = new WritableStream({ write(chunk) { made.sent.push(text(chunk)); } });
    },
    async setSignals(signals) { made.signals.push(signals); },
    async close() { made.closed = true; },
  };
  return made;
};
const opened = async () => {
  const own = port();
  const line = new SerialLine(own);
  await line.open(921600);
  return [line, own];
};
const named = name => Object.assign(new Error(name), { name });

test("a large buffer, bytes both ways", async () => {
  const [line, own] = await opened();
  assert.deepEqual(own.options, { baudRate: 921600, bufferSize: BUFFER_BYTES });
  await line.write(bytes("AT\r"));
  assert.deepEqual(own.sent, ["AT\r"]);
  own.controller.enqueue(bytes("one"));
  assert.equal(text(await line.read(1000)), "one");
  assert.equal((await line.read(10)).length, 0);
  await line.close();
  assert.ok(own.closed && !line.broken);
});

test("a port that another program has", async () => {
  const line = new SerialLine({ async open() { throw new Error("busy"); } });
  await assert.rejects(line.open(1), /cannot be opened \(busy\).*Close other programs/);
});

test("unplugged: whoever waits is told, and whoever asks later", async () => {
  const [line, own] = await opened();
  const waiting = line.read(5000);
  own.readable = null;
  own.controller.error(named("NetworkError"));
  await assert.rejects(waiting, LineError);
  await assert.rejects(line.read(10), /broke off/);
  await assert.rejects(line.write(bytes("x")), /broke off/);
});

test("a break on the line is no end", async () => {
  const [line, own] = await opened();
  const before = own.controller;
  own.readable = new ReadableStream({ start(controller) { own.controller = controller; } });
  before.error(named("BreakError"));
  await new Promise(resolve => setTimeout(resolve, 20));
  own.controller.enqueue(bytes("again"));
  assert.equal(text(await line.read(1000)), "again");
});

test("a pulse, and a port without such a line", async () => {
  const [line, own] = await opened();
  assert.equal(await line.pulse("requestToSend"), true);
  assert.deepEqual(own.signals, [{ requestToSend: false }, { requestToSend: true }]);
  own.setSignals = async () => { throw new Error("no"); };
  assert.equal(await line.pulse("requestToSend"), false);
});
