// The way to the daemon: one WebSocket, opened again for ever.

const silence = 7000; // ms without a word from the daemon: the connection is as good as dead
const replaced = 4001; // another page shows this screen now

// Link calls heard(message, at) for each message, and came() for each new connection.
export class Link {
  constructor(url, heard, came) {
    Object.assign(this, { url, heard, came, ws: null, last: 0, pause: 200, yields: false, timer: 0 });
    setInterval(() => this.watch(), 1000);
    this.open();
  }

  open() {
    clearTimeout(this.timer);
    this.drop();
    const ws = new WebSocket(this.url + (this.yields ? '&yield=1' : ''));
    this.ws = ws;
    this.last = performance.now();
    ws.onopen = () => {
      this.yields = false;
      this.came();
    };
    ws.onmessage = (e) => {
      const at = performance.now();
      this.last = at;
      this.pause = 200;
      let down;
      try {
        down = JSON.parse(e.data);
      } catch {
        return;
      }
      this.heard(down, at);
    };
    ws.onclose = (e) => {
      if (e.code === replaced) this.yields = true;
      this.later();
    };
  }

  // later opens anew after a pause that grows to two seconds; a page that was replaced asks only
  // now and then, and comes back where nobody else is.
  later() {
    this.drop();
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.open(), this.yields ? 5000 : this.pause);
    this.pause = Math.min(2000, this.pause * 2);
  }

  // watch gives up a connection that hangs: a stopped daemon's kernel still holds it open.
  watch() {
    if (this.ws && performance.now() - this.last > silence) this.later();
  }

  drop() {
    const ws = this.ws;
    this.ws = null;
    if (!ws) return;
    ws.onopen = ws.onmessage = ws.onclose = null;
    ws.close();
  }

  // send reports whether the message went on its way.
  send(message) {
    if (!this.ws || this.ws.readyState !== WebSocket.OPEN || this.ws.bufferedAmount > 65536) return false;
    this.ws.send(JSON.stringify(message));
    return true;
  }
}
