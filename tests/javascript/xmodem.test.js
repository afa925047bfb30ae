import assert from "node:assert/strict";
import test from "node:test";
import { FakeLine, bytes } from "./fakes.js";
import { FlashError, Loader, crc16, packet, preamble } from "./xmodem.js";

const patience = { press: 5, reset: 30, boot: 60, choose: 30, answer: 150, block: 40 };
const ACK = "\x06", NAK = "\x15", CAN = "\x18";
const END = "Do you want to end file transmission and reboot system? (y)";
const loader = (line, options = {}) =>
  new Loader(line, { say: () => null, isCancelled: () => false, meanings: { ERR_IMAGE_SZ: "the file is too large" }, patience, ...options });

test("CRC-16/XMODEM of the catalogue's check value", () => {
  assert.equal(crc16(bytes("123456789")), 0x31c3);
});

test("where the file goes", () => {
  const block = preamble(0x3bb000);
  assert.deepEqual([...block.slice(0, 12)], [0xc0, 0x5a, 0x00, 0xb0, 0x3b, 0x00, 0, 0, 0, 0, 0x5a, 0xc0]);
  assert.ok(block.length === 128 && block.slice(12).every(byte => byte === 0xff));
});

test("a block with CRC and with a sum", () => {
  const data = bytes("abc");
  const block = packet(257, data, true);
  assert.deepEqual([...block.slice(0, 7)], [1, 1, 254, 97, 98, 99, 0x1a]);
  assert.equal(block.length, 133);
  assert.equal((block[131] << 8) | block[132], crc16(block.slice(3, 131)));
  const summed = packet(1, data, false);
  assert.equal(summed.length, 132);
  assert.equal(summed[131], (97 + 98 + 99 + 125 * 0x1a) & 0xff);
});

test("a block is sent until it is taken, and each copy's answer is waited for", async () => {
  const answers = [NAK, [], ACK];
  const line = new FakeLine(() => answers.shift() ?? ACK);
  await loader(line).exchange(packet(1, bytes("x"), true), false);
  assert.ok(line.written.length >= 3 && new Set(line.written).size === 1);
});

test("a board that never takes a block, and one that cancels and says why", async () => {
  await assert.rejects(loader(new FakeLine(() => NAK)).exchange(bytes("x"), false), /did not take a block/);
  const line = new FakeLine(() => `${CAN}${CAN}\r\nXmodem: ERR_IMAGE_SZ\r\n`);
  await assert.rejects(loader(line).exchange(bytes("x"), false), /said "Xmodem: ERR_IMAGE_SZ": the file is too large/);
});

test("one CAN alone is noise", async () => {
  await loader(new FakeLine(() => `${CAN}${ACK}`)).exchange(bytes("x"), false);
});

test("the end of a file may be answered by the question behind it", async () => {
  const own = loader(new FakeLine(() => END));
  await own.exchange(bytes("\x04"), true);
  assert.equal(own.endAsked, true);
});

test("a file in blocks, after the board asked for it", async () => {
  const line = new FakeLine(() => ACK);
  line.waiting.push(bytes("C"), bytes("C"));
  const told = [];
  await loader(line).send(bytes("y".repeat(300)), (done, total) => told.push([done, total]));
  assert.deepEqual(told, [[128, 300], [256, 300], [300, 300]]);
  assert.deepEqual(line.written.map(each => each.length), [133, 133, 133, 1]);
});

test("a board that never asks, and a user who cancels", async () => {
  await assert.rejects(loader(new FakeLine(() => [])).request(), /did not ask for the file/);
  const line = new FakeLine(() => ACK);
  await assert.rejects(loader(line, { isCancelled: () => true }).exchange(bytes("x"), false), FlashError);
  assert.deepEqual(line.written, [CAN + CAN]);
});

test("never a 2 on the way into the loader", async () => {
  const line = new FakeLine(() => []);
  await assert.rejects(loader(line).enter(""), /No boot loader answered/);
  assert.ok(line.written.every(each => each === "1" || each === "\rAT+RST\r"));
});
