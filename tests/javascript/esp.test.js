import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import test from "node:test";
import { EspError, flashEsp, hex, modelsPartition, readPartitions } from "./esp.js";

const entry = (name, offset, size) => {
  const bytes = Buffer.alloc(32);
  bytes.set([0xaa, 0x50, 1, 0x82]);
  bytes.writeUInt32LE(offset, 4);
  bytes.writeUInt32LE(size, 8);
  bytes.write(name, 12);
  return bytes;
};
const md5 = content => createHash("md5").update(content).digest("hex");
const tableOf = (...entries) => {
  const body = Buffer.concat(entries);
  const digest = Buffer.concat([Buffer.from([0xeb, 0xeb]), Buffer.alloc(14, 0xff), Buffer.from(md5(body), "hex")]);
  return new Uint8Array(Buffer.concat([body, digest, Buffer.alloc(0xc00 - body.length - 32, 0xff)]));
};
const TABLE = tableOf(entry("nvs", 0x9000, 0x4000), entry("models", 0x400000, 0x400000));
const MODEL = new Uint8Array(5000).fill(7);

// esptool-js, as far as it is used, with a flash of its own; `change` is what is different.
const tools = (change = {}) => {
  const log = [];
  const port = { log, written: [] };
  class Transport {
    async setDTR(value) { log.push(`DTR ${value}`); }
    async setRTS(value) { log.push(`RTS ${value}`); }
    async disconnect() { log.push("closed"); }
  }
  class ESPLoader {
    chip = { CHIP_NAME: "ESP32-S3" };
    async main() { return "ESP32-S3"; }
    async readFlash(address, size) { return (change.table || TABLE).slice(0, size); }
    async flashMd5sum(address, size) {
      return md5(address === 0x8000 ? (change.table || TABLE).slice(0, size) : change.content || port.written[0].data);
    }
    async writeFlash(options) {
      for (const file of options.fileArray) port.written.push(file);
      options.reportProgress(0, 2000, 5120);
      options.reportProgress(0, 5120, 5120);
    }
  }
  Object.assign(ESPLoader.prototype, change.methods);
  return { port, tools: { Transport, ESPLoader } };
};
const flash = (made, options = {}) => {
  const told = [];
  const given = { content: MODEL, md5: md5(MODEL), baudRate: 115200, isCancelled: () => false, say: () => null, ...options };
  return flashEsp(options.port || new EventTarget(), { ...given, progress: (...each) => told.push(each), tools: made.tools }).then(found => [found, told]);
};
const RESET = ["DTR false", "RTS true", "RTS false", "closed"];

test("a table", () => {
  const found = readPartitions(TABLE);
  assert.deepEqual(found.partitions[1], { name: "models", offset: 0x400000, size: 0x400000 });
  assert.deepEqual([found.length, found.md5], [64, md5(TABLE.slice(0, 64))]);
  const bare = new Uint8Array(0xc00).fill(0xff);
  bare.set(entry("models", 0x10000, 4096));
  assert.deepEqual(readPartitions(bare), { partitions: [{ name: "models", offset: 0x10000, size: 4096 }], length: 32, md5: "" });
});

test("what is no table", () => {
  for (const content of [new Uint8Array(0xc00), new Uint8Array(0), Uint8Array.from({ length: 64 }, (_, place) => place)]) {
    assert.throws(() => readPartitions(content), EspError);
  }
  assert.throws(() => modelsPartition([{ name: "nvs" }], 1), /no partition for models/);
  assert.throws(() => modelsPartition([{ name: "models", size: 10 }], 11), /room for 10 bytes/);
  assert.equal(hex(Uint8Array.from([0, 255, 16])), "00ff10");
});

test("only the partition is written, and the chip restarts", async () => {
  const made = tools();
  const [partition, told] = await flash(made);
  assert.equal(partition.offset, 0x400000);
  assert.deepEqual(made.port.written, [{ data: MODEL, address: 0x400000 }]);
  assert.deepEqual(told, [[2000, 5000], [5000, 5000]]);
  assert.deepEqual(made.port.log, RESET);
});

test("each fault is a line that says what is on the board, and the chip restarts", async () => {
  const damaged = TABLE.slice();
  damaged[8] ^= 1;
  const cases = [
    [{ methods: { async main() { throw new Error("Unexpected chip ID 5"); } } }, /another chip/],
    [{ methods: { async main() { throw new Error("no reply"); } } }, /No boot loader of an ESP32-S3 answered \(no reply\)/],
    [{ table: damaged }, /damaged/],
    [{ table: tableOf(entry("nvs", 0x9000, 0x4000)) }, /no partition for models/],
    [{ methods: { async readFlash() { throw new Error("gone"); } } }, /\(gone\)\. Nothing was written/],
    [{ methods: { async writeFlash() { throw new Error("gone"); } } }, /\(gone\)\. The model on the board is incomplete/],
    [{ content: "another" }, /holds something else/],
  ];
  for (const [change, words] of cases) {
    const made = tools(change);
    await assert.rejects(flash(made), words);
    assert.deepEqual(made.port.log, RESET);
  }
});

test("unplugged while it is written", async () => {
  const port = new EventTarget();
  const made = tools({ methods: { writeFlash() {
    queueMicrotask(() => port.dispatchEvent(new Event("disconnect")));
    return new Promise(() => null);
  } } });
  await assert.rejects(flash(made, { port }), /\(it was unplugged\)\. The model on the board is incomplete/);
});

test("cancelled before and while it is written", async () => {
  const made = tools();
  await assert.rejects(flash(made, { isCancelled: () => true }), /nothing was written/);
  assert.deepEqual(made.port.written, []);
  let asked = 0;
  await assert.rejects(flash(tools(), { isCancelled: () => (asked += 1) > 1 }), /incomplete now/);
});
