'use strict';
// The page shows what the daemon says and nothing else. When it hears nothing for a while
// it says so, in red, instead of showing old news as new.
const $ = (id) => document.getElementById(id);
let lang = localStorage.getItem('lang') || 'zh';
let last = null;
// When the page last heard from the daemon, by a clock that nobody sets.
let heard = performance.now();
const STALE_MS = 6000;
let me = {};

const w = (key) => WORDS[lang][key] || key;
const label = (o) => (lang === 'zh' ? o.label_zh || o.label_en : o.label_en || o.label_zh) || o.name;

function el(tag, cls, ...kids) {
  const e = document.createElement(tag);
  if (cls) e.className = cls;
  for (const k of kids) if (k !== null && k !== undefined) e.append(k);
  return e;
}
function table(heads, rows) {
  const t = el('table');
  if (heads) t.append(el('tr', '', ...heads.map((h) => el('th', '', h))));
  for (const r of rows) t.append(el('tr', '', ...r.map((c) => (c instanceof Node && c.tagName === 'TD' ? c : el('td', '', c)))));
  return el('div', 'wide', t);
}
const num = (v) => el('td', 'n', typeof v === 'number' ? v.toLocaleString('en-US') : String(v));
function beijing(iso) {
  return new Intl.DateTimeFormat(lang === 'zh' ? 'zh-CN' : 'en-GB', { timeZone: 'Asia/Shanghai', hour12: false, month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', second: '2-digit' }).format(new Date(iso));
}
function bytes(n) {
  const u = ['B', 'KiB', 'MiB', 'GiB'];
  let i = 0;
  while (n >= 1024 && i < 3) { n /= 1024; i++; }
  return n.toFixed(i ? 1 : 0) + ' ' + u[i];
}
function age(ms) {
  if (ms < 0) return w('never');
  if (ms < 10000) return (ms / 1000).toFixed(1) + w('sec');
  if (ms < 120000) return Math.round(ms / 1000) + w('sec');
  return Math.round(ms / 60000) + w('min');
}
const has = (d, bit) => d.state.includes(bit);
// A fire of a disabled point, or only of a test, is shown but is no alarm.
const realFire = (d) => d.points.some((p) => p.state.includes('fire') && !p.state.includes('disabled') && !(p.state.includes('test') && !p.state.includes('latched')));
const unread = (d) => !d.unreachable && d.points.some((p) => p.quality !== 'good');

// rank orders the cards: what needs a person comes first.
function rank(d) {
  if (realFire(d)) return 0;
  if (has(d, 'fire')) return 1;
  if (has(d, 'prealarm')) return 2;
  if (has(d, 'fault') || d.unreachable) return 3;
  if (has(d, 'supervisory')) return 4;
  if (has(d, 'disabled') || has(d, 'test')) return 5;
  return unread(d) ? 6 : 7;
}
// The booth itself comes after the devices of its rank.
const order = (d) => rank(d) + (d.name === 'booth' ? 0.5 : 0);
const LOOK = ['fire', 'flagged', 'prealarm', 'fault', 'supervisory', 'flagged', 'unknown', ''];

function tags(d) {
  const t = el('div', 'tags');
  if (d.unreachable) t.append(el('span', 'tag lost', has(d, 'fire') ? w('lost_fire') : w('lost')));
  for (const s of d.state) t.append(el('span', 'tag ' + s, w(s)));
  if (d.orphan) t.append(el('span', 'tag lost', w('orphan')));
  if (!d.state.length && !d.unreachable) t.append(unread(d) ? el('span', 'tag unknown', w('no_data')) : el('span', 'tag normal', w('normal')));
  return t;
}
function value(p) {
  if (p.quality !== 'good') return w(p.quality);
  const text = lang === 'zh' ? p.text_zh || p.text_en : p.text_en || p.text_zh;
  if (text) return text;
  return p.value === undefined ? '—' : (+p.value.toFixed(3) + ' ' + (p.unit || '')).trim();
}
function device(d) {
  const card = el('div', 'card ' + LOOK[rank(d)]);
  card.append(el('h3', '', label(d)), el('div', 'meta', [d.name, d.premises, d.bus && d.bus + (d.unit ? ' #' + d.unit : ''), d.contract].filter(Boolean).join(' · ')), tags(d));
  const dl = el('dl');
  for (const p of d.points) {
    const why = (p.causes || []).map(cause).join(w('comma'));
    if (p.role === 'link' || p.role === 'internal' || p.role === 'orphan') {
      if (why) dl.append(el('dt', '', label(p)), el('dd', 'old', why));
      else if (p.quality === 'no_data' && !d.unreachable) dl.append(el('dt', '', label(p)), el('dd', 'old', w('no_data')));
      continue;
    }
    const flags = p.state.filter((s) => s === 'disabled' || s === 'test').map((s) => el('span', 'tag ' + s, w(s)));
    const notes = ((lang === 'zh' ? p.notes_zh : p.notes_en) || []).map((n) => el('div', 'note', n));
    const when = el('span', 'dim', ' · ' + (p.age_ms < 0 ? w('never') : age(p.age_ms) + w('age')));
    dl.append(el('dt', '', label(p)), el('dd', p.quality === 'good' ? '' : 'old', ...flags, value(p), when, why ? el('div', 'why', why) : null, ...notes));
  }
  card.append(dl);
  return card;
}
const cause = (c) => WORDS[lang].cause[c] || c;

// headline says the one thing that matters most.
function headline(s) {
  const names = (list) => list.map(label).join(w('comma'));
  const fires = s.devices.filter(realFire);
  const lost = fires.filter((d) => d.unreachable);
  const off = s.devices.filter((d) => rank(d) < 6 && !fires.includes(d)).sort((a, b) => order(a) - order(b));
  const unknown = s.devices.filter(unread);
  let look = '', title, small = '';
  if (fires.length) {
    look = 'fire';
    title = fires.length + ' ' + w('fires');
    small = names(fires) + (lost.length ? w('semicolon') + w('lost_fire') + w('colon') + names(lost) : '');
  } else if (off.length) {
    look = 'fault';
    title = w('notice');
    small = names(off);
  } else if (s.devices.length < 2) {
    look = 'fault';
    title = w('no_devices');
  } else if (unknown.length) {
    look = 'fault';
    title = w('unknown_yet');
    small = names(unknown);
  } else {
    title = w('all_normal');
    small = s.devices.length - 1 + ' ' + w('watched');
  }
  // Replaced only when it says something new, so that a screen reader speaks once.
  const key = lang + look + title + small;
  if ($('headline').dataset.key === key) return;
  $('headline').dataset.key = key;
  $('headline').className = 'headline ' + look;
  $('headline').replaceChildren(title, el('small', '', small));
}
function bus(b) {
  const kind = b.kind || 'modbus';
  const box = el('div', 'box', el('h3', '', b.name + ' ', el('span', b.up ? 'good' : 'bad', b.up ? '✔ ' + w('up') : '✘ ' + w('down'))));
  box.append(el('div', 'meta dim', [w('b_' + kind), b.port, b.baud || ''].filter(Boolean).join(' · ')));
  if (b.error) box.append(el('div', 'meta bad', b.error));
  if (kind !== 'modbus') {
    // No master, no shares of a wire: what arrives and what went wrong is all there is.
    box.append(table(null, [[w('good'), num(b.good), w('failed_reads'), num(b.failed)], [w('dead'), num(b.dead + ' / ' + b.devices), '', '']]));
    return box;
  }
  const bar = el('div', 'bar');
  const legend = el('div', 'legend');
  for (const k of ['alarm', 'confirm', 'command', 'slow', 'probe']) {
    const share = (b.use && b.use[k]) || 0;
    const i = el('i', 'k-' + k);
    i.style.width = (share * 100).toFixed(2) + '%';
    bar.append(i);
    legend.append(el('span', '', el('b', 'k-' + k), w(k) + ' ' + (share * 100).toFixed(1) + '%'));
  }
  box.append(bar, legend);
  box.append(table(null, [
    [w('sweep'), num((b.sweep_ms / 1000).toFixed(2) + ' s'), w('good'), num(b.good)],
    [w('timeouts'), num(b.timeouts), w('crc_errors'), num(b.crc_errors)],
    [w('exceptions'), num(b.exceptions), w('foreign_frames'), num(b.foreign_frames)],
    [w('late_bytes'), num(b.late_bytes), w('dead'), num(b.dead + ' / ' + b.devices)],
  ]));
  return box;
}
// stands is the word for an output's position: a siren sounds, a lock opens, a fan runs.
function stands(o, on) {
  const key = (on ? 'on' : 'off') + '_' + o.kind;
  return WORDS[lang][key] || w(on ? 'on' : 'off');
}
function output(o) {
  const now = o.verified ? w('readback') + ' ' + stands(o, o.actual) : w('unverified');
  return [o.name, w(o.kind), w('want') + ' ' + stands(o, o.want), el('td', o.error ? 'bad' : '', (o.error ? '✘ ' : '') + now, o.error ? el('div', 'meta', o.error) : null)];
}
const SEVERITY = { fault: ['bad', '✘ '], warn: ['warn', '▲ '], ok: ['dim', 'ℹ '] };
function health(i) {
  const [cls, mark] = SEVERITY[i.severity] || SEVERITY.fault;
  // Texts with both languages have the Chinese one first.
  const parts = i.text.split(' / ');
  const text = parts.length === 2 ? parts[lang === 'zh' ? 0 : 1] : i.text;
  return [el('td', cls, mark + ailment(i.code)), el('td', 'dim', text)];
}
function up(u) {
  const box = el('div', 'box', el('h3', '', u.name + ' ', el('span', u.connected ? 'good' : 'bad', u.connected ? w('connected') : w('disconnected'))));
  if (u.error && !u.connected) box.append(el('div', 'meta bad', u.error));
  const backlog = Object.entries(u.backlog || {}).map(([k, v]) => w(k) + ' ' + v).join(' · ');
  box.append(table(null, [
    [w('sent'), num(u.sent), u.confirm === 'broker' ? w('stored_broker') : w('stored'), num(u.stored)],
    [w('resent'), num(u.resent), w('in_flight'), num(u.in_flight)],
    [w('backlog'), backlog, w('confirm_by'), w(u.confirm)],
  ]));
  return box;
}
function events(list) {
  return table([w('time'), w('what'), w('where')], list.map((e) => {
    const who = e.detail && e.detail.author ? ' · ' + e.detail.author : '';
    const what = el('td', '', el('span', 'tag ' + e.class, WORDS[lang].c[e.class] || e.class), ' ' + (WORDS[lang].k[e.kind] || e.kind) + (e.cause ? ' · ' + cause(e.cause) : '') + who);
    const d = last.devices.find((x) => x.name === e.device);
    const p = d && d.points.find((x) => x.name === e.point);
    const where = d ? label(d) + (p && (p.role === 'internal' || d.points.length > 2) ? ' · ' + label(p) : '') : e.device || w('booth');
    return [beijing(e.at) + (e.clock_trusted ? '' : ' ⚠ ' + w('untrusted')), what, where];
  }));
}
// ailment is what a health item's code says in words; its last part may be a name.
function ailment(code) {
  const known = Object.keys(WORDS[lang].h).filter((k) => code === k || code.startsWith(k + '.')).sort((a, b) => b.length - a.length)[0];
  if (!known) return code;
  const rest = code.slice(known.length + 1);
  return WORDS[lang].h[known] + (rest ? ' ' + cause(rest) : '');
}
function draw(s) {
  last = s;
  document.documentElement.lang = lang === 'zh' ? 'zh-CN' : 'en';
  for (const h of document.querySelectorAll('[data-t]')) h.textContent = w(h.dataset.t);
  $('lang').textContent = lang === 'zh' ? 'English' : '中文';
  $('title').textContent = label({ label_zh: s.label_zh, label_en: s.label_en, name: s.station });
  document.title = $('title').textContent + ' · Firepost';
  $('sub').textContent = w('post') + ' · ' + s.district + ' / ' + s.station;
  $('clock').replaceChildren(beijing(s.now), el('small', s.clock_trusted ? 'dim' : '', s.clock_trusted ? w('beijing') : w('untrusted')));
  $('unsafe').hidden = !s.unsafe;
  $('unsafe').textContent = w('unsafe');
  headline(s);
  $('devices').replaceChildren(...s.devices.map((d) => [order(d), d]).sort((a, b) => a[0] - b[0]).map(([, d]) => device(d)));
  $('buses').replaceChildren(...(s.buses.length ? s.buses.map(bus) : [el('p', 'dim', w('none'))]));
  $('uplinks').replaceChildren(...(s.uplinks.length ? s.uplinks.map(up) : [el('p', 'dim', w('none'))]));
  $('outputs').replaceChildren(s.outputs.length ? table(null, s.outputs.map(output)) : el('p', 'dim', w('none')));
  $('events').replaceChildren(s.events.length ? events(s.events) : el('p', 'dim', w('none')));
  stage(s.screens);
  const j = s.journal;
  $('journal').replaceChildren(table(null, [
    [w('mode'), el('td', j.mode === 'disk' ? 'good' : 'bad', w(j.mode)), w('commit'), num(j.commit_ms.toFixed(2) + ' ms')],
    [w('epoch'), num(String(j.epoch)), w('seq'), num(j.seq)],
    [w('kept'), num(j.events), w('size'), num(bytes(j.bytes) + ' / ' + bytes(j.max_bytes))],
    [w('dropped'), num(j.dropped), w('in_memory'), num(j.in_memory)],
  ]), j.error ? el('p', 'bad', j.error) : '');
  $('health').replaceChildren(s.health.length ? table(null, s.health.map(health)) : el('p', 'dim', w('none')));
  $('foot').textContent = w('foot') + ' · Firepost ' + s.version;
}
// stale marks everything as old once nothing is heard, or what is heard can't be shown.
function stale() {
  const quiet = performance.now() - heard;
  const old = quiet > STALE_MS;
  document.body.classList.toggle('stale', old);
  $('stale').hidden = !old;
  if (!old) return;
  $('stale').replaceChildren(w(last ? 'page_stale' : 'page_silent') + ' · ' + age(quiet));
  // A fire that was there is not hidden by not knowing.
  const fires = last ? last.devices.filter(realFire) : [];
  $('headline').dataset.key = '';
  $('headline').className = 'headline ' + (fires.length ? 'fire' : 'lost');
  $('headline').replaceChildren(
    w('unknown_now') + (fires.length ? w('colon') + w('last_known') + ' ' + fires.length + ' ' + w('fires') : ''),
    el('small', '', last ? fires.map(label).concat(w('last_heard') + ' ' + beijing(last.now)).join(' · ') : w('page_silent')),
  );
}
$('lang').onclick = () => {
  lang = lang === 'zh' ? 'en' : 'zh';
  localStorage.setItem('lang', lang);
  if (last) draw(last);
  people();
  stale();
};
// who shows who is logged in, and the way to what needs it.
async function who() {
  const r = await fetch('api/session');
  if (!r.ok) return;
  me = await r.json();
  people();
}
function people() {
  $('plain').hidden = !me.plain;
  $('plain').textContent = w('plain');
  $('tools').hidden = !me.login && !me.screens;
  $('pictures').textContent = w('screen_pictures');
  $('pictures').hidden = !me.screens;
  $('walk').textContent = w('walk');
  $('walk').hidden = !me.walk;
  $('bus').textContent = w('bus_tools');
  $('bus').hidden = !me.field || me.role !== 'installer';
  $('login').textContent = w('login');
  $('login').hidden = Boolean(me.name) || !me.login;
  $('logout').textContent = w('logout') + (me.name ? ' ' + me.name : '');
  $('logout').hidden = !me.name;
}
$('logout').onclick = async () => {
  await fetch('api/logout', { method: 'POST', headers: { 'X-Firepost': '1' } });
  location.reload();
};
function listen() {
  const src = new EventSource('api/watch');
  src.onmessage = (m) => {
    // Only what could be shown counts as heard.
    draw(JSON.parse(m.data));
    heard = performance.now();
    stale();
  };
  src.onerror = () => {
    if (src.readyState !== EventSource.CLOSED) return;
    // A login that has ended sends to the login; anything else is tried again.
    setTimeout(() => fetch('api/status', { method: 'HEAD' }).then((r) => (r.status === 401 ? location.replace('login.html') : listen())).catch(listen), 2000);
  };
}
setInterval(stale, 500);
who().catch(() => {});
listen();
