import assert from "node:assert/strict";
import test from "node:test";
import { pictureOf, readFrame } from "./frames.js";

const JPEG = Uint8Array.from([0xff, 0xd8, 0xff, 0xe0, 1, 2, 3, 0xff, 0xd9]);
const IMAGE = Buffer.from(JPEG).toString("base64");
const PERSON = [[100, 90, 40, 80, 77, 0], [[1, 2, 30, 0]]];

test("an event", () => {
  const frame = readFrame({ perf: [8, 365, 0], keypoints: [PERSON], resolution: [240, 240], image: IMAGE });
  assert.deepEqual(frame.people, [{ box: PERSON[0], points: PERSON[1] }]);
  assert.deepEqual([frame.times, frame.size, frame.ticks], [[8, 365, 0], [240, 240], null]);
  assert.deepEqual(frame.picture, JPEG);
});

test("boxes of the protocol's own example", () => {
  const frame = readFrame({ count: 8, perf: [8, 365, 0], boxes: [[87, 83, 77, 65, 70, 0]] });
  assert.deepEqual(frame.people, [{ box: [87, 83, 77, 65, 70, 0], points: [] }]);
});

test("Himax' one figure", () => {
  assert.equal(readFrame({ algo_tick: [[27415000]], keypoints: [] }).ticks, 27415000);
});

test("whatever does not fit is refused", () => {
  for (const change of [
    null, 3, { keypoints: 3 }, { keypoints: [[]] }, { keypoints: [[[1, 2], []]] }, { boxes: "six" }, { boxes: [[1]] },
    { keypoints: [[PERSON[0], [[1, 2]]]] }, { keypoints: [[[-1, 2, 3, 4, 5, 6], []]] }, { keypoints: Array(1001).fill(PERSON) },
  ]) assert.equal(readFrame(change), null, JSON.stringify(change).slice(0, 60));
});

test("characters too many behind a picture", () => {
  for (const behind of ["A", "\0", "AAA", "!"]) assert.deepEqual(pictureOf(IMAGE + behind).slice(0, 9), JPEG);
});

test("what is no picture", () => {
  for (const image of [undefined, 3, "", "AAAA", "!!!!"]) assert.equal(pictureOf(image), null);
});
