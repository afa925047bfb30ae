import assert from "node:assert/strict";
import test from "node:test";
import { FakeLine, reply } from "./fakes.js";
import { Board, BoardError, UnknownCommand } from "./sscma.js";

// Answers by the command without its tag.
const answering = answers => new FakeLine(sent => {
  const [, tag, command] = /^AT\+(\w+)@([^\r]*)\r$/.exec(sent);
  const name = `${tag}@${command.split("=")[0]}`;
  const answer = answers[command] ?? answers[command.split("=")[0]];
  return typeof answer === "function" ? answer(name, sent) : answer === undefined ? [] : reply(name, answer);
});

const READY = {
  "BREAK": 1234, "VER?": { software: "2025.01.02" }, "NAME?": "Grove Vision AI V2",
  "ALGOS?": [],
  "MODELS?": [{ id: 1, address: 0x400000 }, { id: 2, address: 0xb7b000 }],
};

test("tags are letters alone, and no two are the same", async () => {
  const line = answering(READY);
  const board = new Board(line);
  for (let count = 0; count < 30; count += 1) await board.ask("BREAK");
  assert.equal(new Set(line.written).size, 30);
  assert.ok(line.written.every(sent => /^AT\+[A-Z]+@BREAK\r$/.test(sent)));
});

test("answers to others are passed over", async () => {
  const board = new Board(answering({ "ID?": name => [reply("EARLIER@ID?", "x"), reply(name, "y")] }));
  assert.equal((await board.ask("ID?")).data, "y");
});

test("a command that it does not know", async () => {
  const board = new Board(answering({ "NEW?": (_, sent) => reply("AT", `Unknown command: ${sent.trim()}`, { code: 5, type: 2 }) }));
  await assert.rejects(board.ask("NEW?"), UnknownCommand);
});

test("no answer is told with what was said instead, and Himax' app by its name", async () => {
  await assert.rejects(new Board(new FakeLine(() => "what\n")).ask("ID?", 50), /did not answer ID\?; it said "what"/);
  const app = new FakeLine(() => reply("INVOKE", { algo_tick: [[1]] }, { type: 1 }));
  await assert.rejects(new Board(app).ask("ID?", 50), /Himax' app/);
});

test("what was left of a line spoils one command, and a silent board is reset once", async () => {
  let count = 0;
  const spoilt = answering({ BREAK: (name, sent) => (count += 1) === 1
    ? reply("AT", `Unknown command: 1111${sent.trim()}`, { code: 5, type: 2 }) : reply(name, 1) });
  await new Board(spoilt).wake();
  assert.equal(spoilt.written.length, 2);
  const deaf = answering({ BREAK: name => (deaf.pulses.length ? reply(name, 1) : []) });
  const board = new Board(deaf, "dataTerminalReady");
  const ask = board.ask.bind(board);
  board.ask = command => ask(command, 50);
  await board.wake();
  assert.deepEqual(deaf.pulses, ["dataTerminalReady"]);
  const silent = new FakeLine(() => []);
  const other = new Board(silent);
  other.ask = command => Board.prototype.ask.call(other, command, 50);
  await assert.rejects(other.wake(), /did not answer/);
  assert.deepEqual(silent.pulses, []);
});

test("the model at the address is chosen, and what it was told is read back", async () => {
  let info = "";
  const answers = {
    ...READY,
    "MODEL": (name, sent) => reply(name, { model: { id: Number(/=(\d)/.exec(sent)[1]) } }),
    "INFO": (name, sent) => { info = /"(.*)"/.exec(sent)[1]; return reply(name, {}); },
    "INFO?": name => reply(name, { info }),
  };
  for (const [address, id] of [[0x400000, 1], [0xb7b000, 2], [null, 1]]) {
    const line = answering(answers);
    assert.equal((await new Board(line).tell(address, "bm90ZQ==")).software, "2025.01.02");
    assert.ok(line.written.some(sent => sent.endsWith(`MODEL=${id}\r`)));
  }
  await assert.rejects(new Board(answering(answers)).tell(0x500000, "x"), /does not list the model/);
  await assert.rejects(new Board(answering({ ...answers, "INFO?": { info: "y" } })).tell(null, "x"), /did not keep/);
  await assert.rejects(
    new Board(answering({ ...answers, MODEL: name => reply(name, {}, { code: 2 }) })).tell(null, "x"), /cannot load its model/);
});

test("the main branch is told, which answers unknown commands as an event", async () => {
  const unknown = (_, sent) => reply("AT", `Uknown command: ${sent.trim()}`, { code: 5, type: 1 });
  await assert.rejects(new Board(answering({ ...READY, "ALGOS?": unknown })).identify(), /main branch.*1\.0\.x/);
});

const started = (code, data) => answering({ "INVOKE": name => reply(name, data, { code }) });

test("why nothing runs", async () => {
  for (const [code, data, words] of [
    [4, {}, /camera does not answer/], [5, { model: { id: 0 } }, /has no model/],
    [5, { model: { id: 1 }, algorithm: { type: 0 } }, /No decoder/], [7, { model: { id: 1 } }, /code 7/],
  ]) await assert.rejects(new Board(started(code, data)).watch(() => true, () => null), words);
});

test("frames until nobody wants more, then a BREAK", async () => {
  const event = { count: 1, perf: [1, 2, 3], keypoints: [] };
  const line = answering({ ...READY, "INVOKE": name => [
    reply(name, {}), reply("OTHER@INVOKE", event, { type: 1 }), reply(name, { keypoints: 3 }, { type: 1 }),
    reply(name, event, { type: 1 }), reply(name, event, { type: 1 }),
  ] });
  const seen = [];
  await new Board(line).watch(() => seen.length < 2, frame => seen.push(frame));
  assert.deepEqual(seen.map(frame => frame.times), [[1, 2, 3], [1, 2, 3]]);
  assert.match(line.written.at(-1), /BREAK/);
});

test("a fault of the camera and a restart end it", async () => {
  const with_ = (...events) => answering({ ...READY, "INVOKE": name => [reply(name, {}), ...events.map(each => each(name))] });
  const frame = name => reply(name, { perf: [1, 2, 3], keypoints: [] }, { type: 1 });
  await assert.rejects(
    new Board(with_(name => reply(name, { count: 1 }, { type: 1, code: 4 }))).watch(() => true, () => null), /code 4/);
  await assert.rejects(
    new Board(with_(frame, () => reply("INIT@STAT?", {}))).watch(() => true, () => null), BoardError);
});
