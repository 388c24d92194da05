// A takeover on an LED wall of few pixels: the title stands, everything else takes turns.

import { fit, fits } from './fit.js';
import { arrow as draw } from './signs.js';

const zh = (t) => t?.zh ?? t?.ZH ?? '';
const en = (t) => t?.en ?? t?.EN ?? '';
const mn = (t) => t?.mn ?? '';

// pages are what takes turns, each no longer than can be read in the box.
export function pages(s, tiny, box) {
  const list = [];
  const add = (text, lang, arrow) => {
    if (!text && !arrow) return;
    if (list.some((p) => p.text === text && p.arrow === arrow && p.lang === lang)) return;
    for (const part of split(text, lang, arrow, box)) list.push({ text: part, lang, arrow });
  };
  const places = s.places ?? [];
  if (tiny) {
    add(zh(s.banner), 'zh');
    add(zh(s.title), 'zh');
  }
  for (const p of places) {
    add((p.first && places.length > 1 ? '首警 ' : '') + zh(p.label), 'zh');
    if (p.direction) add(zh(p.direction.text), 'zh', p.direction.arrow);
  }
  for (const a of s.advice ?? []) add(zh(a), 'zh');
  add(zh(s.report), 'zh');
  add(mn(s.title), 'mn');
  add(en(s.title), 'en');
  for (const p of places) if (en(p.label) !== zh(p.label)) add(en(p.label), 'en');
  for (const a of s.advice ?? []) add(en(a), 'en');
  add(en(s.report), 'en');
  if (!list.length) list.push({ text: zh(s.title) || en(s.title) || '!', lang: 'zh' });
  return list;
}

// least is the smallest font in pixels that can be read on a wall; a smaller one makes two pages.
const least = { zh: 15, en: 12, mn: 12 };

// split cuts a text that would be too small to read into parts: near its middle, rather between
// phrases, and never inside a word of letters.
function split(text, lang, arrow, box) {
  if (!text || readable(text, lang, arrow, box)) return [text];
  const units = text.match(/[A-Za-z0-9\u1800-\u18af\u202f'’.:-]+|./gsu) ?? [];
  let best = 0, least = Infinity, sum = 0;
  for (let i = 1; i < units.length; i++) {
    sum += units[i - 1].length;
    if (/^[，。、；：）”]/u.test(units[i])) continue;
    const pause = /[\s，。、；：]$/u.test(units[i - 1]) || /^\s/u.test(units[i]);
    const d = Math.abs(2 * sum - text.length) - (pause ? text.length / 3 : 0);
    if (d < least) [best, least] = [i, d];
  }
  if (!best) return [text];
  const parts = [units.slice(0, best).join('').trim(), units.slice(best).join('').trim()];
  return parts.filter(Boolean).flatMap((t) => split(t, lang, arrow, box));
}

function readable(text, lang, arrow, box) {
  fill(box, { text, lang, arrow });
  const words = box.firstElementChild;
  words.classList.remove('broken', 'phrases');
  words.style.fontSize = least[lang] + 'px';
  return fits(box, words);
}

function fill(box, page) {
  const p = document.createElement('p');
  p.className = page.lang;
  p.textContent = (page.text ?? '').replaceAll('　', ' ');
  box.classList.remove('empty');
  box.firstElementChild.replaceChildren(...[page.arrow && draw(page.arrow), page.text && p].filter(Boolean));
}

// show puts one page into the box, as large as it can be.
export function show(box, page) {
  fill(box, page);
  fit(box, box.firstElementChild, 6, box.clientHeight, 0.95);
}
