'use strict';
// The page shows what the daemon says and nothing else. When it hears nothing for a while
// it says so, in red, instead of showing old news as new.
const $ = (id) => document.getElementById(id);
let lang = localStorage.getItem('lang') || 'zh';
let last = null;
let heard = 0;
const STALE_MS = 6000;

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
  if (ms < 10000) return (ms / 1000).toFixed(1) + ' s';
  if (ms < 120000) return Math.round(ms / 1000) + ' s';
  return Math.round(ms / 60000) + ' min';
}
function worst(state, unreachable) {
  for (const s of ['fire', 'prealarm', 'supervisory', 'fault']) if (state.includes(s)) return s;
  return unreachable ? 'fault' : '';
}
function tags(d) {
  const t = el('div', 'tags');
  if (d.unreachable) t.append(el('span', 'tag lost', d.state.includes('fire') ? w('lost_fire') : w('lost')));
  for (const s of d.state) t.append(el('span', 'tag ' + s, w(s)));
  if (!d.state.length && !d.unreachable) {
    const unread = d.points.some((p) => p.quality !== 'good');
    t.append(el('span', 'tag ' + (unread ? '' : 'normal'), unread ? w('no_data') : w('normal')));
  }
  return t;
}
function device(d) {
  const unread = !d.unreachable && d.points.some((p) => p.quality !== 'good');
  const card = el('div', 'card ' + (worst(d.state, d.unreachable) || (unread ? 'unknown' : '')));
  card.append(el('h3', '', label(d)), el('div', 'meta', [d.name, d.premises, d.bus && d.bus + ' #' + d.unit, d.contract].filter(Boolean).join(' · ')), tags(d));
  const dl = el('dl');
  for (const p of d.points) {
    if (p.role === 'link' || p.role === 'internal') {
      if (p.faults) dl.append(el('dt', '', label(p)), el('dd', 'old', p.faults.map((f) => WORDS[lang].cause[f] || f).join(', ')));
      continue;
    }
    let v = p.quality === 'good' && p.value !== undefined ? +p.value.toFixed(3) + ' ' + (p.unit || '') : w(p.quality);
    const text = lang === 'zh' ? p.text_zh || p.text_en : p.text_en || p.text_zh;
    if (p.quality === 'good' && text) v = text;
    const old = p.quality !== 'good';
    dl.append(el('dt', '', label(p)), el('dd', old ? 'old' : '', v, el('span', 'dim', ' · ' + age(p.age_ms) + (p.age_ms < 0 ? '' : (lang === 'zh' ? w('age') : ' ' + w('age'))))));
  }
  card.append(dl);
  return card;
}
function headline(s) {
  const fires = s.devices.filter((d) => d.state.includes('fire'));
  const faults = s.devices.filter((d) => d.state.includes('fault') || d.unreachable);
  const other = s.devices.filter((d) => d.state.includes('prealarm') || d.state.includes('supervisory'));
  const unread = s.devices.filter((d) => d.points.some((p) => p.quality !== 'good') && !faults.includes(d));
  const h = $('headline');
  h.replaceChildren();
  if (fires.length) {
    h.className = 'headline fire';
    h.append(fires.length + ' ' + w('fires'), el('small', '', fires.map(label).join('、')));
  } else if (faults.length || other.length) {
    h.className = 'headline fault';
    h.append(w('notice'), el('small', '', faults.concat(other.filter((d) => !faults.includes(d))).map(label).join('、')));
  } else if (!s.devices.length) {
    h.className = 'headline fault';
    h.append(w('no_devices'));
  } else if (unread.length) {
    h.className = 'headline fault';
    h.append(w('unknown_yet'), el('small', '', unread.map(label).join('、')));
  } else {
    h.className = 'headline';
    h.append(w('all_normal'), el('small', '', s.devices.length + ' ' + w('watched')));
  }
}
function bus(b) {
  const box = el('div', 'box', el('h3', '', b.name + ' ', el('span', b.up ? 'good' : 'bad', b.up ? w('up') : w('down'))));
  box.append(el('div', 'meta dim', b.port + (b.baud ? ' · ' + b.baud : '') + (b.error ? ' · ' + b.error : '')));
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
    const cause = e.cause ? ' · ' + (WORDS[lang].cause[e.cause] || e.cause) : '';
    const what = el('td', '', el('span', 'tag ' + e.class, WORDS[lang].c[e.class] || e.class), ' ' + (WORDS[lang].k[e.kind] || e.kind) + cause);
    const d = last.devices.find((x) => x.name === e.device);
    return [beijing(e.at) + (e.clock_trusted ? '' : ' ⚠ ' + w('untrusted')), what, d ? label(d) : e.device || '—'];
  }));
}
function draw(s) {
  last = s;
  document.documentElement.lang = lang === 'zh' ? 'zh-CN' : 'en';
  for (const h of document.querySelectorAll('[data-t]')) h.textContent = w(h.dataset.t);
  $('lang').textContent = lang === 'zh' ? 'English' : '中文';
  $('title').textContent = label({ label_zh: s.label_zh, label_en: s.label_en, name: s.station });
  document.title = $('title').textContent + ' · Firepost';
  $('sub').textContent = w('post') + ' · ' + s.district + ' / ' + s.station;
  $('clock').replaceChildren(beijing(s.now), s.clock_trusted ? '' : el('small', '', w('untrusted')));
  $('unsafe').hidden = !s.unsafe;
  $('unsafe').textContent = w('unsafe');
  headline(s);
  $('devices').replaceChildren(...s.devices.map(device));
  $('buses').replaceChildren(...(s.buses.length ? s.buses.map(bus) : [el('p', 'dim', w('none'))]));
  $('uplinks').replaceChildren(...(s.uplinks.length ? s.uplinks.map(up) : [el('p', 'dim', w('none'))]));
  $('outputs').replaceChildren(s.outputs.length ? table(null, s.outputs.map((o) => [o.name, w(o.kind), w('want') + ' ' + w(o.want ? 'on' : 'off'), el('td', o.error ? 'bad' : '', o.verified ? w('readback') + ' ' + w(o.actual ? 'on' : 'off') : w('unverified'), o.error ? el('div', 'meta', o.error) : null)])) : el('p', 'dim', w('none')));
  $('events').replaceChildren(s.events.length ? events(s.events) : el('p', 'dim', w('none')));
  const j = s.journal;
  $('journal').replaceChildren(table(null, [
    [w('mode'), el('td', j.mode === 'disk' ? 'good' : 'bad', w(j.mode)), w('commit'), num(j.commit_ms.toFixed(2) + ' ms')],
    [w('epoch'), num(String(j.epoch)), w('seq'), num(j.seq)],
    [w('kept'), num(j.events), w('size'), num(bytes(j.bytes) + ' / ' + bytes(j.max_bytes))],
    [w('dropped'), num(j.dropped), w('in_memory'), num(j.in_memory)],
  ]), j.error ? el('p', 'bad', j.error) : '');
  $('health').replaceChildren(s.health.length ? table(null, s.health.map((i) => [el('td', i.severity === 'ok' ? 'good' : 'bad', i.code), i.text])) : el('p', 'dim', w('none')));
  $('foot').textContent = w('foot') + ' · Firepost ' + s.version;
}
function stale() {
  const old = heard && Date.now() - heard > STALE_MS;
  $('stale').hidden = !old;
  if (old) $('stale').textContent = w('page_stale') + ' (' + age(Date.now() - heard) + ')';
}
$('lang').onclick = () => {
  lang = lang === 'zh' ? 'en' : 'zh';
  localStorage.setItem('lang', lang);
  if (last) draw(last);
};
function listen() {
  const src = new EventSource('api/watch');
  src.onmessage = (m) => { heard = Date.now(); draw(JSON.parse(m.data)); stale(); };
  src.onerror = () => { if (src.readyState === EventSource.CLOSED) setTimeout(listen, 2000); };
}
heard = Date.now();
setInterval(stale, 1000);
listen();
