// From bytes to replies: \r, JSON without line breaks, \n; whatever else a board prints stands between them.

const MAX_REPLY = 262144;

export class Framing {
  constructor() {
    this.text = "";
    this.broken = 0;
    this.said = "";
    this.decoder = new TextDecoder("utf-8");
  }

  // The replies that these bytes complete.
  feed(bytes) {
    this.text += this.decoder.decode(bytes, { stream: true });
    const found = [];
    for (;;) {
      const begin = this.text.indexOf("\r{");
      if (begin < 0) {
        if (this.text.trim()) this.said = this.text.trim().slice(-80);
        if (this.text.length > 400) this.text = this.text.slice(-1);
        return found;
      }
      if (this.text.slice(0, begin).trim()) this.said = this.text.slice(0, begin).trim().slice(-80);
      this.text = this.text.slice(begin);
      const end = this.text.indexOf("\n");
      const again = this.text.indexOf("\r{", 1);
      if (again >= 0 && (end < 0 || again < end)) { // the rest of the first was lost
        this.broken += 1;
        this.text = this.text.slice(again);
      } else if (end < 0) {
        if (this.text.length > MAX_REPLY) {
          this.broken += 1;
          this.text = "";
        }
        return found;
      } else {
        const reply = parsed(this.text.slice(1, end));
        this.text = this.text.slice(end + 1);
        if (reply) found.push(reply);
        else this.broken += 1;
      }
    }
  }
}

function parsed(line) {
  try {
    // Firmware of December 2024 sends one byte too many within the picture, which may be a zero.
    const reply = JSON.parse(line.replace(/[\u0000-\u001f]/g, ""));
    const whole = Number.isInteger(reply.type) && typeof reply.name === "string" && Number.isInteger(reply.code);
    return whole ? reply : null;
  } catch (error) {
    return null;
  }
}
