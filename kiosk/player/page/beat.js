// What is really painted, told to the daemon every two seconds and at once when it matters.

const held = 256; // items kept for a daemon that is away; older ones are forgotten
const most = 32; // in one beat
const words = (s) => String(s).slice(0, 150);

export class Beats {
  constructor(build) {
    Object.assign(this, { build, seq: 0, rev: 0, pong: 0, frames: 0, painted: [], played: [], error: '', link: null, soon: 0 });
    this.look = () => ({});
  }

  // start beats for ever over link; look tells what is shown now.
  start(link, look) {
    this.link = link;
    this.look = look;
    setInterval(() => this.send(), 2000);
  }

  wrong(what, err) {
    this.error = words(err === undefined ? what : what + ': ' + (err?.message ?? err));
  }

  paint(id, rev, after) {
    this.painted.push({ id, rev, after_ms: after });
    if (this.painted.length > 16) this.painted.shift();
    this.send();
  }

  play(zone, item, from, until, how, why) {
    if (from === null || until === null) return;
    const p = { zone, item, from_ms: Math.max(0, Math.round(from)), until_ms: Math.max(0, Math.round(Math.max(from, until))), how };
    if (why) p.why = words(why);
    this.played.push(p);
    if (this.played.length > held) this.played.shift();
    if (!this.soon) this.soon = setTimeout(() => this.send(), 100);
  }

  send() {
    clearTimeout(this.soon);
    this.soon = 0;
    const now = this.look();
    const beat = {
      seq: this.seq + 1, build: this.build, rev: this.rev, pong: this.pong, item: now.item ?? '', frames: this.frames,
      takeover: now.takeover ?? '', takeover_rev: now.takeoverRev ?? 0,
      painted: this.painted, played: this.played.slice(0, most),
      heap: performance.memory?.usedJSHeapSize ?? 0,
      width: Math.round(innerWidth * devicePixelRatio), height: Math.round(innerHeight * devicePixelRatio), error: this.error,
    };
    if (now.video) beat.video = now.video;
    if (!this.link?.send(beat)) return;
    this.seq++;
    this.frames = 0;
    this.painted = [];
    this.played.splice(0, most);
    this.error = '';
    if (this.played.length) this.soon = setTimeout(() => this.send(), 100);
  }
}

