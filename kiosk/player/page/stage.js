// The main zone: one item shown, the next made ready beneath it, and never nothing.

import { Item } from './item.js';
import { at } from './schedule.js';

const early = 6000; // ms before its time that an item is made ready
const strikes = 3; // failures of one item until its programme changes
const fade = 600; // ms

export class Stage {
  constructor(zone, beats) {
    Object.assign(this, { zone, beats, list: [], programme: null, front: null, back: null, dying: null, failed: new Map(), struck: new Map(), held: false, sound: 0 });
    this.shownAt = null;
  }

  // follow takes the slots to play and how loud, 0–1.
  follow(list, programme, sound) {
    if (programme !== this.programme) {
      this.programme = programme;
      this.failed.clear();
      this.struck.clear();
      if (this.back) this.back.wanted = 0;
    }
    this.list = list;
    this.sound = sound;
    this.front?.volume(this.front.item.sound, sound);
  }

  // hold pauses everything while a takeover or the night owns the screen.
  hold(held, mono) {
    if (held === this.held) return;
    this.held = held;
    this.zone.classList.toggle('held', held);
    if (held) {
      this.ended(mono, 'interrupted');
      this.front?.pause();
      this.discard();
    } else if (this.front) {
      this.shownAt = mono;
      this.front.moved = performance.now();
      if (this.front.video && !this.front.video.ended) this.front.play();
    }
  }

  // pick is the slot that should be shown: the one of now, or the first after it that plays.
  pick(mono, ahead = 0) {
    for (let n = ahead; n < this.list.length + ahead; n++) {
      const s = at(this.list, mono, n);
      if (!this.failed.has(s.key) && (this.struck.get(s.item.id + s.item.media) ?? 0) < strikes) return s;
    }
    return null;
  }

  tick(mono) {
    if (this.held || mono === null) return;
    const now = performance.now();
    for (const [key, until] of this.failed) if (until < mono) this.failed.delete(key);
    this.tend(this.front, now, mono);
    this.tend(this.back, now, mono);
    // What is due is waited for until it is there or has failed, even beyond its slot: were it
    // dropped, an item that hangs would never be found out.
    const want = this.back?.wanted ? this.back.slot : this.pick(mono);
    if (!want) {
      if (this.list.length === 0) this.clear(mono);
      return;
    }
    if (this.front && this.front.key === want.key && this.front.state !== 'failed') {
      this.prepare(want, mono);
      return;
    }
    this.make(want, mono);
    this.back.wanted ||= now;
    if (this.back.state === 'ready') this.back.start(this.back.item.sound, this.sound);
    if (!this.back.visible()) return;
    if (mono < want.until) this.swap(mono);
    else if (this.back.made <= want.from) this.back.fail('ready only after its time');
    else this.discard(); // it was begun within its time, as after a reload, and had no fair chance
  }

  // tend watches one item, and strikes it once when it fails.
  tend(it, now, mono) {
    if (!it) return;
    it.check(now);
    if (it.state !== 'failed' || it.counted) return;
    it.counted = true;
    const id = it.item.id + it.item.media;
    this.failed.set(it.key, it.slot.until);
    this.struck.set(id, (this.struck.get(id) ?? 0) + 1);
    if (this.struck.size > 1000) this.struck.delete(this.struck.keys().next().value);
    this.beats.wrong(it.item.id, it.why);
    if (it === this.front) this.ended(mono, 'failed', it.why);
    else this.beats.play('main', it.item.id, mono, mono, 'failed', it.why);
    if (it === this.back) this.discard();
  }

  // prepare makes the next slot's item ready when its time is near.
  prepare(want, mono) {
    if (want.until - mono > early) return;
    const next = this.pick(want.until + 0.5);
    if (next && next.key !== want.key) this.make(next, mono);
  }

  make(slot, mono) {
    if (this.back?.key === slot.key) return;
    this.discard();
    this.back = new Item(slot, this.zone, () => this.soon());
    this.back.made = mono;
  }

  discard() {
    this.back?.drop();
    this.back = null;
  }

  // swap shows what is ready; what was shown stays beneath it until it is certainly covered.
  swap(mono) {
    this.dying?.drop();
    const old = this.front, fresh = this.back;
    const why = old && mono < old.slot.until - 250 ? 'interrupted' : 'ended';
    this.ended(mono, why);
    this.front = fresh;
    this.back = null;
    this.shownAt = mono;
    fresh.set('shown');
    fresh.box.classList.add('front');
    this.dying = old;
    if (!old) return;
    old.box.classList.replace('front', 'leaving');
    const bury = () => {
      if (this.dying === old) this.dying = null;
      old.drop();
    };
    if (fresh.item.transition === 'fade' && old.state !== 'failed') {
      const a = fresh.box.animate([{ opacity: 0 }, { opacity: 1 }], { duration: fade, easing: 'ease-in-out' });
      a.onfinish = a.oncancel = bury;
    } else {
      requestAnimationFrame(() => requestAnimationFrame(bury));
    }
  }

  // ended reports the end of what was shown, once.
  ended(mono, how, why) {
    if (this.front && this.shownAt !== null && mono !== null) this.beats.play('main', this.front.item.id, this.shownAt, mono, how, why);
    this.shownAt = null;
  }

  // clear goes back to the calm picture: there is no programme.
  clear(mono) {
    this.ended(mono, 'interrupted');
    this.front?.drop();
    this.front = null;
    this.discard();
  }

  soon() {
    queueMicrotask(() => this.wake?.());
  }

  // shown is what a person sees in the zone now.
  shown() {
    if (this.held || !this.front || !this.front.visible()) return { item: '', video: null };
    return { item: this.front.item.id, video: this.front.beat() };
  }
}
