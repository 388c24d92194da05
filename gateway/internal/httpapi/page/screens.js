'use strict';
// Pictures of the screens, each at a click: what the page shows of them is old at once, and says
// when it was taken.
const $ = (id) => document.getElementById(id);
let lang = localStorage.getItem('lang') || 'zh';
const w = (key) => WORDS[lang][key] ?? key;
let me = {};
let names = null; // [name, kind, health text]
let offline = false;
// What was taken, by name: bitmap, words of the headers, time.
const taken = new Map();

function el(tag, cls, ...kids) {
  const e = document.createElement(tag);
  if (cls) e.className = cls;
  for (const k of kids) if (k !== null && k !== undefined) e.append(k);
  return e;
}
const clock = (d) => new Intl.DateTimeFormat(lang === 'zh' ? 'zh-CN' : 'en-GB', { timeZone: 'Asia/Shanghai', hour12: false, hour: '2-digit', minute: '2-digit', second: '2-digit' }).format(d);
const day = (d) => new Intl.DateTimeFormat('en-CA', { timeZone: 'Asia/Shanghai', year: 'numeric', month: '2-digit', day: '2-digit' }).format(d);
const address = (name, page) => '/screens/' + encodeURIComponent(name) + '.png' + (page > 1 ? '?page=' + page : '');

function figure(name, t) {
  const canvas = el('canvas');
  canvas.width = t.bitmap.width;
  canvas.height = t.bitmap.height;
  canvas.getContext('2d').drawImage(t.bitmap, 0, 0);
  canvas.setAttribute('role', 'img');
  const title = w(t.photo ? 'sc_photo' : 'sc_preview');
  canvas.setAttribute('aria-label', name + ' · ' + title);
  const what = [w('sh_' + t.shows), t.bitmap.width + '×' + t.bitmap.height, w('sc_at') + ' ' + clock(t.at)];
  if (t.pages > 1) what.push(w('sc_page') + ' ' + t.page + ' ' + w('sc_of') + ' ' + t.pages + ' ' + w('sc_pages'));
  const caption = el('figcaption', '', (t.photo ? '📷 ' : '✎ ') + title, el('small', '', what.join(' · ')));
  if (!t.photo) caption.append(el('small', t.confirmed ? '' : 'unconfirmed', (t.confirmed ? '✔ ' : '✘ ') + w(t.confirmed ? 'sc_confirmed' : 'sc_unconfirmed')));
  return el('figure', t.photo ? 'photo' : 'preview', canvas, caption);
}
function screenCard([name, kind, health]) {
  const card = el('div', 'card screen', el('h3', '', name + ' ', el('small', 'dim', w(kind))), el('div', 'meta', health));
  card.dataset.name = name;
  const t = taken.get(name);
  if (t && t.bitmap) card.append(figure(name, t));
  if (t && t.error) card.append(el('div', 'error', t.error));
  const go = el('button', 'main', w(t && t.busy ? 'sc_busy' : t ? 'sc_again' : 'sc_take'));
  go.type = 'button';
  go.disabled = Boolean(t && t.busy);
  go.onclick = () => take(name, 1);
  const row = el('div', 'row', go);
  if (t && t.pages > 1) {
    const next = el('button', 'plain', w('sc_next'));
    next.type = 'button';
    next.disabled = go.disabled;
    next.onclick = () => take(name, (t.page % t.pages) + 1);
    row.append(next);
  }
  card.append(row);
  return card;
}
async function take(name, page) {
  taken.set(name, { ...taken.get(name), busy: true, error: '' });
  draw();
  let t = { ...taken.get(name), busy: false };
  try {
    const r = await fetch(address(name, page));
    if (r.status === 401) return location.replace('/login.html');
    if (!r.ok) {
      const no = await r.json();
      t.error = lang === 'zh' ? no.error_zh : no.error;
    } else {
      const h = r.headers;
      t = {
        bitmap: await createImageBitmap(await r.blob()), photo: h.get('Firepost-Picture') === 'screenshot', shows: h.get('Firepost-Shows') || '',
        confirmed: h.get('Firepost-Confirmed') === 'true', pages: Number(h.get('Firepost-Pages')) || 1, page, at: new Date(),
      };
    }
  } catch {
    t.error = w('sc_no_answer');
  }
  taken.set(name, t);
  draw();
}
function draw() {
  document.documentElement.lang = lang === 'zh' ? 'zh-CN' : 'en';
  document.title = w('sc_title') + ' · Firepost';
  $('title').textContent = w('sc_title');
  $('who').textContent = me.name || '';
  $('lang').textContent = lang === 'zh' ? 'EN' : '中文';
  $('hint').textContent = w('sc_hint');
  $('plain').hidden = !me.plain;
  $('plain').textContent = w('plain');
  $('stale').hidden = !offline;
  $('stale').textContent = w('sc_stale');
  if (names) $('list').replaceChildren(...(names.length ? names.map(screenCard) : [el('p', 'dim', w('sc_none'))]));
  $('plays-title').textContent = w('sc_plays');
  $('from-label').textContent = w('sc_from');
  $('to-label').textContent = w('sc_to');
  const q = '/screens/plays?from=' + $('from').value + '&to=' + $('to').value + '&lang=' + lang + '&form=';
  $('html').href = q + 'html';
  $('html').textContent = w('sc_html');
  $('csv').href = q + 'csv';
  $('csv').textContent = w('sc_csv');
}
async function look() {
  try {
    const r = await fetch('/api/status');
    if (r.status === 401) return location.replace('/login.html');
    const s = (await r.json()).screens || { televisions: [], boards: [] };
    const text = (t) => (lang === 'zh' ? t.text_zh : t.text_en);
    names = [
      ...s.televisions.map((t) => [t.name, 'television', t.stale && t.health === 'ok' ? w('s_stale') : text(t)]),
      ...s.boards.map((b) => [b.name, 'board_led', b.tamper ? w('s_tamper') : w(b.up ? 'board_up' : 'board_down')]),
    ];
    offline = false;
  } catch {
    offline = true;
  }
  draw();
}
$('lang').onclick = () => {
  lang = lang === 'zh' ? 'en' : 'zh';
  localStorage.setItem('lang', lang);
  draw();
  look();
};
$('from').value = $('to').value = day(new Date());
$('from').onchange = $('to').onchange = draw;
fetch('/api/session').then((r) => r.json()).then((m) => { me = m; draw(); }).catch(() => {});
look();
setInterval(look, 10000);
