import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { bytes } from "./fakes.js";
import { readFrame } from "./frames.js";
import { Framing } from "./framing.js";

const RECORD = JSON.parse(readFileSync(new URL("sscma-lines.json", import.meta.url)));
const ANSWER = '\r{"type": 0, "name": "A@ID?", "code": 0, "data": "8cb1a1e2"}\n';

const fed = (...chunks) => {
  const framing = new Framing();
  return [chunks.flatMap(chunk => framing.feed(bytes(chunk))), framing];
};

test("a reply in pieces of any size", () => {
  for (let size = 1; size < 9; size += 1) {
    const chunks = ANSWER.match(new RegExp(`[^]{1,${size}}`, "g"));
    const [found] = fed(...chunks);
    assert.deepEqual(found, [{ type: 0, name: "A@ID?", code: 0, data: "8cb1a1e2" }]);
  }
});

test("free text before, between and behind", () => {
  const [found, framing] = fed(`1st BOOT ROM\r\n${ANSWER}E (123) crash\n`, `\x1b[31mtext${ANSWER}`);
  assert.equal(found.length, 2);
  assert.equal(framing.broken, 0);
  assert.match(framing.said, /text/);
});

test("half a reply, the loader's timeout, and a whole one", () => {
  const [found, framing] = fed(`${ANSWER.slice(0, 20)}\ntimeout\n${ANSWER}`, ANSWER.slice(0, 25), ANSWER);
  assert.equal(found.length, 2);
  assert.equal(framing.broken, 2);
});

test("a reply without end is given up, and text without end is forgotten", () => {
  const [found, framing] = fed("\r{", "x".repeat(300000), ANSWER);
  assert.equal(framing.broken, 1);
  assert.equal(found.length, 1);
  const [, other] = fed("y".repeat(100000));
  assert.ok(other.text.length < 500 && other.said.length <= 80);
});

test("what is no reply", () => {
  for (const line of ["\r{}\n", '\r{"type": "0", "name": "A", "code": 0}\n', '\r{"type": 0, "name": 1, "code": 0}\n', "\r{nonsense}\n"]) {
    const [found, framing] = fed(line);
    assert.deepEqual([found.length, framing.broken], [0, 1], line);
  }
});

test("what the firmware's own code printed", () => {
  const frame = readFrame(JSON.parse(`{${RECORD.people}, ${RECORD.resolution}}`));
  assert.deepEqual(frame.people[1].box, [117, 124, 118, 206, 82, 0]);
  assert.deepEqual(frame.people[1].points[1], [65530, 46, 0, 1]);
  assert.deepEqual(frame.size, [240, 240]);
  assert.deepEqual(readFrame(JSON.parse(`{${RECORD.nobody}}`)).people, []);
});
