// The zones beside the main one: ticker, clock, QR code and the Mongolian column.

import { at } from './schedule.js';
import { beijing } from './clock.js';
import { draw } from './qr.js';
import { fit } from './fit.js';

const days = ['日', '一', '二', '三', '四', '五', '六'];
const weekdays = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const two = (n) => String(n).padStart(2, '0');

// Follower shows the slot of now of one zone and reports what ended.
class Follower {
  constructor(zone, beats, show) {
    Object.assign(this, { zone, beats, show, list: [], key: '', item: null, from: 0, until: 0, held: false, size: '' });
  }

  end(mono, how) {
    if (this.item) this.beats.play(this.zone, this.item.id, this.from, mono, how);
    this.item = null;
    this.key = '';
  }

  tick(mono, size) {
    const s = mono === null || this.held ? null : at(this.list, mono);
    if (s?.key === this.key) {
      if (size !== this.size) this.paint(s.item, size);
      return;
    }
    if (!s && !this.item) {
      this.paint(null, size);
      return;
    }
    this.end(mono, mono !== null && mono >= this.until - 250 ? 'ended' : 'interrupted');
    if (s) [this.key, this.item, this.from, this.until] = [s.key, s.item, mono, s.until];
    this.paint(s?.item ?? null, size);
  }

  paint(item, size) {
    this.size = size;
    const id = item ? item.id + size : '';
    if (id === this.painted) return;
    this.painted = id;
    try {
      this.show(item);
    } catch (err) {
      this.beats.wrong(this.zone, err);
      this.show(null);
    }
  }
}

export class Zones {
  constructor(beats) {
    const el = (id) => document.getElementById(id);
    Object.assign(this, { tickerBox: el('ticker'), run: el('ticker').firstElementChild, column: el('column'), qrBox: el('qr'), clock: el('clock'), clockOn: false, minute: '', roll: null });
    this.ticker = new Follower('ticker', beats, (item) => this.showTicker(item));
    this.qr = new Follower('qr', beats, (item) => this.qrBox.replaceChildren(...(item ? this.card(item) : [])));
  }

  card(item) {
    const label = document.createElement('p');
    label.textContent = [item.zh, item.en].filter(Boolean).join(' ');
    return label.textContent ? [draw(item.payload ?? ''), label] : [draw(item.payload ?? '')];
  }

  follow(zones) {
    this.ticker.list = zones.ticker ?? [];
    this.qr.list = zones.qr ?? [];
    this.clockOn = (zones.clock ?? []).length > 0;
  }

  hold(held, mono) {
    if (held === this.ticker.held) return;
    for (const f of [this.ticker, this.qr]) {
      if (held) f.end(mono, 'interrupted');
      f.held = held;
    }
    if (held) this.roll?.pause();
    else this.roll?.play();
  }

  tick(mono, size) {
    const held = this.ticker.held;
    if (held) return;
    this.ticker.tick(mono, size);
    this.qr.tick(mono, size);
    this.tell();
  }

  // tell shows the time of day, or nothing while no clock is to be believed.
  tell() {
    const d = this.clockOn ? beijing() : null;
    const time = d ? two(d.getUTCHours()) + ':' + two(d.getUTCMinutes()) : '';
    const now = d ? time + d.getUTCDate() : '';
    if (now === this.minute) return;
    this.minute = now;
    const [big, small] = this.clock.children;
    big.textContent = time;
    small.textContent = d ? `${d.getUTCMonth() + 1}月${d.getUTCDate()}日 星期${days[d.getUTCDay()]} ${weekdays[d.getUTCDay()]}` : '';
    this.clock.classList.toggle('on', !!d);
  }

  // showTicker runs a line through the bar where it is too long to stand in it.
  showTicker(item) {
    this.roll?.cancel();
    this.roll = null;
    const line = [item?.zh, item?.en].filter(Boolean).join('　　');
    this.run.replaceChildren();
    this.columnWords(item?.mn ?? '');
    if (!line) return;
    const span = document.createElement('span');
    span.textContent = line;
    this.run.append(span);
    const width = span.getBoundingClientRect().width, room = this.tickerBox.clientWidth;
    this.run.classList.toggle('still', width <= room);
    if (width <= room) return;
    const again = span.cloneNode(true);
    this.run.append(again);
    const step = width + room / 4;
    again.style.marginLeft = room / 4 + 'px';
    this.roll = this.run.animate([{ transform: 'translateX(0)' }, { transform: `translateX(${-step}px)` }], { duration: (step / Math.max(40, room / 14)) * 1000, iterations: Infinity });
  }

  columnWords(text) {
    const words = this.column.firstElementChild;
    words.textContent = text;
    if (text && this.column.clientWidth) fit(this.column, words, 10, this.column.clientWidth * 0.6);
  }
}
