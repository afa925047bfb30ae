// Seeed's firmware (SSCMA-Micro 1.0.x) by its AT commands, and Himax' app, which only talks.

import { Framing } from "./framing.js";
import { readFrame } from "./frames.js";

export class BoardError extends Error {}

export class UnknownCommand extends BoardError {}

const START = 3000; // milliseconds: Seeed's page waits two seconds after a reset of the XIAO

const NO_MODEL = "The board has no model. Flash it first.";
const NOT_LOADED = "The board cannot load its model: an operator that its firmware does not have, or too small an arena.";
const NO_DECODER = "No decoder of the board's firmware takes the outputs of its model.";
const MAIN_BRANCH = "The board runs SSCMA-Micro's main branch, which takes other commands and may print no keypoints. "
  + "Install SSCMA-Micro 1.0.x with Seeed's web tool.";
const NO_CAMERA = "The board's camera does not answer. Check its ribbon cable.";

export class Board {
  // `signal` is the line of the port that resets the board, if there is one.
  constructor(line, signal = "") {
    this.line = line;
    this.signal = signal;
    this.framing = new Framing();
    this.tags = 0;
    this.pending = [];
    this.heard = [];
  }

  // The next reply within so many milliseconds, or null.
  async next(milliseconds) {
    const deadline = performance.now() + milliseconds;
    while (!this.pending.length) {
      const left = deadline - performance.now();
      if (left <= 0) return null;
      this.pending.push(...this.framing.feed(await this.line.read(left)));
    }
    return this.pending.shift();
  }

  async ask(command, milliseconds = 2000) {
    this.tags += 1;
    // Letters alone: a boot loader that hears this would take digits for choices.
    const tag = "EC" + [676, 26, 1].map(place => String.fromCharCode(65 + Math.floor(this.tags / place) % 26)).join("");
    const wanted = `${tag}@${command.split("=")[0]}`;
    await this.line.write(new TextEncoder().encode(`AT+${tag}@${command}\r`));
    const deadline = performance.now() + milliseconds;
    for (;;) {
      const reply = await this.next(Math.max(0, deadline - performance.now()));
      if (!reply) break;
      if (reply.name === wanted && reply.type === 0) return reply;
      if (reply.name === "AT" && String(reply.data).includes(tag)) {
        throw new UnknownCommand(`The board does not know AT+${command.split("=")[0]}.`);
      }
      this.heard.push(reply);
      this.heard = this.heard.slice(-8);
    }
    if (this.heard.some(reply => reply.data && reply.data.algo_tick)) {
      throw new BoardError("The board runs Himax' app, which takes no commands.");
    }
    const said = this.framing.said ? `; it said "${this.framing.said}"` : "";
    throw new BoardError(`The board did not answer ${command}${said}. Press its reset button and try again.`);
  }

  // What an earlier program left of a line spoils the first command and no other. A board that does not answer is reset
  // once: a XIAO needs that which was powered elsewhere when it started.
  async wake() {
    for (const again of [true, true, false]) {
      try {
        await this.ask("BREAK");
        return;
      } catch (error) {
        if (!again || !(error instanceof BoardError) || error.message.includes("Himax")) throw error;
        if (error instanceof UnknownCommand) continue;
        if (!this.signal || !await this.line.pulse(this.signal)) throw error;
        this.signal = "";
        while (await this.next(START) !== null);
      }
    }
  }

  async identify() {
    await this.wake();
    const version = (await this.ask("VER?")).data || {};
    try {
      await this.ask("ALGOS?");
    } catch (error) {
      throw error instanceof UnknownCommand ? new BoardError(MAIN_BRANCH) : error;
    }
    const models = (await this.ask("MODELS?")).data;
    return {
      name: String((await this.ask("NAME?")).data),
      software: String(version.software),
      models: Array.isArray(models) ? models : [],
    };
  }

  // Choose the model at an address (null for the first one), say which one it is, and read that back.
  async tell(address, note) {
    const identity = await this.identify();
    const model = identity.models.find(each => address === null || each.address === address);
    if (!model) throw new BoardError("The board does not list the model that was written. Flash it once more.");
    refuseModel(await this.ask(`MODEL=${model.id}`, 20000));
    await this.ask(`INFO="${note}"`);
    const kept = (await this.ask("INFO?")).data;
    if (!kept || kept.info !== note) throw new BoardError("The board did not keep what it was told of its model.");
    return identity;
  }

  // Frame after frame until `goesOn()` says no; each with its time of arrival in milliseconds.
  async watch(goesOn, show) {
    this.heard = [];
    const reply = await this.ask("INVOKE=-1,0,0", 20000);
    this.heard.filter(each => each.name === "MODEL" && each.code === 2).forEach(refuseModel);
    if (reply.code) refuseStart(reply);
    try {
      await this.listen(goesOn, show, each => each.name === reply.name, 60000);
    } finally {
      if (!this.line.broken) await this.ask("BREAK").catch(() => null);
    }
  }

  // What Himax' app sends unasked, or what a recording holds.
  async overhear(goesOn, show, isOurs) {
    await this.listen(goesOn, show, isOurs, 10000);
  }

  async listen(goesOn, show, isOurs, patience) {
    let heardAt = performance.now();
    let begun = false;
    while (goesOn()) {
      const event = await this.next(200);
      if (!event) {
        if (performance.now() - heardAt > patience) throw new BoardError("The board sends no results any more. Reset it.");
        continue;
      }
      if (event.name === "INIT@STAT?" && begun) throw new BoardError("The board restarted by itself. Give it enough power.");
      if (event.type !== 1 || !isOurs(event)) continue;
      heardAt = performance.now();
      begun = true;
      if (event.code) throw new BoardError(`The board stopped at a frame with code ${event.code}. Check the camera's cable.`);
      const frame = readFrame(event.data);
      if (frame) await show(frame, heardAt);
    }
  }
}

function refuseModel(reply) {
  if (reply.code === 2) throw new BoardError(NOT_LOADED);
  if (reply.code) throw new BoardError(NO_MODEL);
}

function refuseStart(reply) {
  const data = reply.data || {};
  if (reply.code === 4) throw new BoardError(NO_CAMERA);
  if (!data.model || !data.model.id) throw new BoardError(NO_MODEL);
  if (data.algorithm && data.algorithm.type === 0) throw new BoardError(NO_DECODER);
  throw new BoardError(`The board does not run its model: code ${reply.code}. Flash it again.`);
}
