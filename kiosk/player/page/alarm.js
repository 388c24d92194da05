// The alarm layer: laid out at all times, revealed by one class.

import { fit, fits, holds } from './fit.js';
import { arrow, sign } from './signs.js';
import { pages, show } from './wall.js';

const turn = 6000; // ms per group of places
const legible = 0.036; // of the screen's shorter side: the least size of a place's name

const make = (tag, cls, ...content) => {
  const e = document.createElement(tag);
  if (cls) e.className = cls;
  e.append(...content.filter(Boolean));
  return e;
};
const said = (text, lang) => {
  if (!text) return null;
  // An ideographic space is wider than a pause between phrases needs, and stays at a line's end.
  const e = make('p', text.includes('　') ? lang + ' paced' : lang, text.replaceAll('　', ' '));
  if ([...text].length <= 10) e.classList.add('short');
  e.lang = { zh: 'zh-CN', en: 'en', mn: 'mn-Mong' }[lang];
  return e;
};
// A label comes in its own spelling of the languages.
const zh = (t) => t?.zh ?? t?.ZH ?? '';
const en = (t) => t?.en ?? t?.EN ?? '';
const mn = (t) => t?.mn ?? '';
const both = (t) => [said(zh(t), 'zh'), en(t) !== zh(t) ? said(en(t), 'en') : null];

// look is how a scene must look: it depends on nothing but its kind and stage.
export function look(scene) {
  if (scene.kind === 'real') return scene.stage === 'verifying' ? 'verifying' : 'real';
  return scene.kind === 'drill' ? 'drill' : 'test';
}

// shape is how a window of that size is laid out.
export function shape(w, h) {
  if (h < 240 || w < 240) return 'wall';
  return w >= h ? 'wide' : 'tall';
}

export class Alarm {
  constructor(beats) {
    this.root = document.getElementById('alarm');
    this.beats = beats;
    this.part = (name) => this.root.querySelector('.' + name);
    Object.assign(this, { scene: null, drawn: '', painted: null, arrived: 0, wants: 0, page: 0, since: 0, list: [], asked: 0 });
    this.root.dataset.shape = shape(innerWidth, innerHeight);
    // Laid out unseen, so that every font is there before it is needed.
    this.fill('title', 100, said('火警请立即疏散报警核实中消防演练设备测试', 'zh'), said('FIRE: leave now 0123456789', 'en'));
    this.fill('column', 50, said('ᠭᠠᠯ ᠲᠦᠶᠢᠮᠡᠷ', 'mn'));
  }

  // follow shows the scene, or none; at is when it arrived.
  follow(scene, at) {
    if (!scene) {
      if (!this.scene) return;
      this.scene = this.painted = null;
      this.drawn = '';
      this.root.classList.remove('on');
      this.beats.send();
      return;
    }
    const fresh = !this.scene || this.scene.id !== scene.id || this.scene.rev !== scene.rev;
    this.scene = scene;
    if (fresh) {
      if (this.painted?.id !== scene.id) this.painted = null;
      this.arrived = at;
      this.wants++;
    }
    this.draw();
    this.root.classList.add('on');
    if (fresh) this.confirm(this.wants);
  }

  // draw lays the scene out anew where its content or the window's size changed.
  draw() {
    const s = this.scene;
    const key = `${s.id}/${s.rev}/${innerWidth}x${innerHeight}`;
    if (key === this.drawn) return;
    this.drawn = key;
    this.page = 0;
    this.since = performance.now();
    const form = shape(innerWidth, innerHeight);
    this.root.dataset.shape = form;
    this.root.dataset.look = look(s);
    const banner = [zh(s.banner), en(s.banner)].filter(Boolean).join(' ');
    this.root.classList.toggle('marked', !!banner);
    for (const band of this.root.querySelectorAll('.band .words')) band.textContent = banner ? Array(24).fill(banner).join('　') : '';
    sign(this.part('sign').firstElementChild, look(s));
    if (form === 'wall') this.drawWall(s);
    else this.drawFull(s, form);
  }

  fill(name, most, ...content) {
    const box = this.part(name), words = box.querySelector('.words');
    words.replaceChildren(...content.filter(Boolean));
    box.classList.toggle('empty', !words.children.length);
    if (words.children.length) fit(box, words, 6, most);
  }

  drawFull(s, form) {
    const h = innerHeight, w = innerWidth;
    const ways = (s.places ?? []).map((p) => p.direction).filter(Boolean);
    const one = ways.length > 0 && ways.length === s.places.length && ways.every((d) => d.arrow === ways[0].arrow && zh(d.text) === zh(ways[0].text)) ? ways[0] : null;
    this.root.classList.toggle('way', !!one);
    const columns = [mn(s.banner), mn(s.title), one && mn(one.text), ...(s.advice ?? []).map(mn), mn(s.report)].filter(Boolean);
    const distinct = columns.filter((t, i) => columns.indexOf(t) === i);
    this.root.classList.toggle('mongolian', distinct.length > 0);
    this.fill('title', h / 3, ...both(s.title));
    this.fill('column', Math.min(w, h) / 8, ...distinct.map((t) => said(t, 'mn')));
    this.fill('way', h / 4, ...(one ? [arrow(one.arrow), make('div', 'say', ...both(one.text))] : []));
    this.fill('advice', form === 'wide' ? h / 11 : h / 18, ...(s.advice ?? []).map((t) => make('div', 'line', ...both(t))));
    this.fill('report', h / 12, ...both(s.report));
    this.rows = (s.places ?? []).map((p) => this.place(p, !one));
    this.parts = 1;
    this.placeGroup();
  }

  place(p, inline) {
    const label = make('div', 'label', ...both(p.label));
    const marks = make('div', 'marks', p.first ? make('b', 'first', '首警') : null, p.since ? make('span', 'since', p.since) : null);
    const li = make('div', p.first ? 'place first-fire' : 'place', marks, label);
    if (inline && p.direction) li.append(make('div', 'inline', arrow(p.direction.arrow), make('div', 'say', ...both(p.direction.text))));
    return li;
  }

  // placeGroup shows as many places as can be read from afar at once; further ones take turns.
  placeGroup() {
    const all = this.rows, least = Math.min(innerHeight, innerWidth) * legible;
    for (let parts = this.parts; ; parts++) {
      const size = Math.ceil(all.length / parts), k = (this.page % parts) * size;
      if (!this.arrange(all.slice(k, k + size), least) && size > 1) continue;
      this.parts = parts;
      return;
    }
  }

  // arrange lays rows out in one column or two, whichever makes them larger, and reports whether
  // they can be read.
  arrange(rows, least) {
    const box = this.part('places'), words = box.firstElementChild, two = rows.length > 2;
    const most = Math.min(innerHeight, innerWidth * 1.2) / 7;
    box.classList.toggle('empty', !rows.length);
    box.classList.remove('two');
    words.classList.remove('broken', 'phrases');
    words.replaceChildren(...rows);
    if (!rows.length) return true;
    let px = holds(box, words, least) ? fit(box, words, least, most, 2) : 0;
    if (two) {
      box.classList.add('two');
      if (holds(box, words, Math.max(least, px * 1.05))) return fit(box, words, Math.max(least, px), most, 2) > 0;
      box.classList.remove('two');
    }
    if (!px && rows.length === 1) px = fit(box, words, 6, most, 2);
    words.style.fontSize = (px || least) + 'px';
    return px > 0;
  }

  drawWall(s) {
    const small = innerWidth < 160 || innerHeight < 48;
    this.root.classList.toggle('tiny', small);
    if (!small) this.fill('title', innerHeight, said(zh(s.title), 'zh'));
    this.list = pages(s, small, this.part('turn'));
    this.showPage();
  }

  showPage() {
    show(this.part('turn'), this.list[this.page % this.list.length]);
  }

  // tick turns pages, and follows the window's size.
  tick(now) {
    if (!this.scene) return;
    this.draw();
    const wall = this.root.dataset.shape === 'wall';
    if (now - this.since < (wall ? 2500 : turn)) return;
    this.since = now;
    this.page++;
    if (wall && this.list.length > 1) this.showPage();
    else if (!wall && this.parts > 1) this.placeGroup();
  }

  // confirm reports the scene once it is on the glass: two frames after it was revealed, and
  // only where it can really be seen and read.
  confirm(wants) {
    requestAnimationFrame(() => requestAnimationFrame(() => {
      const s = this.scene;
      if (!s || wants !== this.wants) return;
      const why = this.missing();
      if (why) {
        this.beats.wrong('takeover', why);
        this.drawn = '';
        this.draw();
        setTimeout(() => this.confirm(wants), 500);
        return;
      }
      this.painted = { id: s.id, rev: s.rev };
      this.beats.paint(s.id, s.rev, performance.now() - this.arrived);
    }));
  }

  // glass is what is painted now, looked at anew; what went missing is drawn again.
  glass() {
    if (!this.painted) return null;
    const why = this.missing();
    if (!why) return this.painted;
    this.painted = null;
    this.beats.wrong('takeover', why);
    this.drawn = '';
    this.confirm(++this.wants);
    return null;
  }

  // missing says what is wrong with what is painted, nothing where all is well.
  missing() {
    const css = getComputedStyle(this.root), r = this.root.getBoundingClientRect();
    if (document.visibilityState !== 'visible') return 'the page is hidden';
    if (css.visibility !== 'visible' || css.display === 'none' || css.opacity !== '1') return 'the alarm layer is not visible';
    if (r.width < innerWidth || r.height < innerHeight) return 'the alarm layer does not cover the screen';
    const top = document.elementFromPoint(innerWidth / 2, innerHeight / 2);
    if (!top || !this.root.contains(top)) return 'something covers the alarm layer';
    const boxes = [...this.root.querySelectorAll('.box:not(.empty)')].filter((b) => b.clientWidth && getComputedStyle(b).display !== 'none');
    if (!boxes.length) return 'no text is laid out';
    for (const b of boxes) if (!fits(b, b.querySelector('.words'))) return 'the text of ' + b.className + ' does not fit';
    const title = this.part(this.root.dataset.shape === 'wall' && this.root.classList.contains('tiny') ? 'turn' : 'title');
    if (!title.textContent || title.getBoundingClientRect().height < 1) return 'no title is laid out';
    return '';
  }
}
