'use strict';
// The walk test on a phone. It shows what the booth says; every press goes to the booth and
// what comes back is shown. Cards are replaced only when they change, so that a finger which
// is on a button finds it there when it lifts.
const $ = (id) => document.getElementById(id);
let lang = localStorage.getItem('lang') === 'en' ? 'en' : 'zh';
let me = { name: '', role: '' };
let state = null;
let reports = [];
let chosen = new Set();
let shown = sessionStorage.getItem('walk') || ''; // the session on the screen
let finished = '';
let heard = performance.now();
let seenFires = '';
const STALE_MS = 6000;

const w = (key) => WORDS[lang][key] ?? key;
const text = (t) => (t ? (lang === 'zh' ? t.zh || t.en : t.en || t.zh) || '' : '');
const may = () => me.role === 'installer';

function el(tag, cls, ...kids) {
  const e = document.createElement(tag);
  if (cls) e.className = cls;
  for (const k of kids) if (k !== null && k !== undefined && k !== '') e.append(k);
  return e;
}
function button(label, cls, act, name) {
  const b = el('button', cls, label);
  b.type = 'button';
  if (name) b.dataset.do = name;
  b.addEventListener('click', act);
  return b;
}
function say(message) {
  $('error').textContent = message;
  $('error').hidden = !message;
  if (message) $('error').scrollIntoView({ block: 'center' });
}
async function send(path, body) {
  say('');
  let r;
  try {
    r = await fetch('api/walk' + path, {
      method: 'POST', headers: { 'Content-Type': 'application/json', 'X-Firepost': '1' }, body: JSON.stringify(body || {}),
    });
  } catch {
    say(w('no_answer'));
    return null;
  }
  if (r.status === 401) return login();
  const out = await r.json();
  if (r.ok) return out;
  say('✘ ' + (lang === 'zh' && out.error_zh ? out.error_zh : out.error) + (out.detail ? (lang === 'zh' ? '：' : ': ') + out.detail : ''));
  return null;
}
function login() {
  location.replace('login.html#walk');
  return null;
}
async function act(session, what, body) {
  const o = await send('/' + session.id + '/' + what, body);
  if (o) take(o);
}
const short = (id) => id.replace(/^wt-/, '');
const premises = (list) => list.map((p) => p || w('booth')).join(', ');

// keep replaces a child only when what it shows has changed.
function keep(parent, list) {
  const old = new Map([...parent.children].map((c) => [c.dataset.key, c]));
  parent.replaceChildren(...list.map(({ key, of, make }) => {
    const shows = JSON.stringify([of, lang, me.role]);
    const was = old.get(key);
    if (was && was.dataset.shows === shows) return was;
    const e = make();
    e.dataset.key = key;
    e.dataset.shows = shows;
    return e;
  }));
}

// --- choosing ---
function places() {
  const by = new Map();
  for (const c of state.candidates) {
    if (!by.has(c.premises)) by.set(c.premises, []);
    by.get(c.premises).push(c);
  }
  return [...by.entries()];
}
function pick([code, list]) {
  const taken = list.some((c) => c.session);
  const lost = list.filter((c) => c.unreachable).length;
  const box = el('input');
  box.type = 'checkbox';
  box.value = code;
  box.checked = chosen.has(code);
  box.disabled = taken || !may();
  box.addEventListener('change', () => {
    if (box.checked) chosen.add(code);
    else chosen.delete(code);
    draw();
  });
  const all = [...new Set(list.map((c) => text(c.label)).filter(Boolean))];
  const names = all.slice(0, 3).join(lang === 'zh' ? '、' : ', ') + (all.length > 3 ? ' …' : '');
  const label = el('label', 'pick' + (taken ? ' off' : ''), box, el('span', '', el('b', '', names || code || w('booth')),
    el('span', 'dim', [code || w('booth'), list.reduce((n, c) => n + c.tests, 0) + ' ' + w('tests'), lost ? '⚠ ' + lost + ' ' + w('lost') : '', taken ? '⊘ ' + w('taken') : ''].filter(Boolean).join(' · '))));
  return label;
}
function chooser() {
  const list = [];
  if (finished) {
    list.push({ key: 'finished', of: finished, make: () => {
      const a = el('a', 'button main', w('see_report'));
      a.href = 'reports/' + finished + '.html';
      return el('div', 'card passed', el('div', 'state', el('span', 'shape', '✔'), w('report_ready')), a);
    } });
  }
  const open = state.sessions;
  if (open.length) {
    list.push({ key: 'open', of: 0, make: () => el('h2', '', w('open')) });
    for (const s of open) list.push({ key: s.id, of: [s.author, s.phase, s.premises], make: () => openSession(s) });
  }
  list.push({ key: 'choose', of: 0, make: () => el('div', '', el('h2', '', w('choose')), el('p', 'dim', w('choose_hint'))) });
  if (!state.candidates.length) list.push({ key: 'nothing', of: 0, make: () => el('p', '', w('nothing')) });
  for (const p of places()) list.push({ key: 'p' + p[0], of: [p, chosen.has(p[0])], make: () => pick(p) });
  list.push({ key: 'reports', of: reports, make: reportList });
  keep($('body'), list);
  $('foot').hidden = !may();
  keep($('foot'), [{ key: 'start', of: chosen.size > 0, make: () => {
    const b = button(chosen.size ? w('start') : w('none_chosen'), 'main', start, 'start');
    b.disabled = !chosen.size;
    return b;
  } }]);
}
function openSession(s) {
  const box = el('div', 'card', el('h3', '', premises(s.premises)), el('div', 'meta', w('by') + ' ' + s.author + ' · ' + w(s.phase) + ' · ' + short(s.id)));
  const mine = s.author === me.name && s.phase === 'running';
  const row = el('div', 'row', button(mine || !may() ? w('show') : w('takeup'), 'wide', async () => {
    if (!mine && may() && s.phase !== 'ending') {
      const o = await send('/' + s.id + '/takeup');
      if (!o) return;
      show(s.id);
      take(o);
      return;
    }
    show(s.id);
    draw();
  }, 'takeup'));
  if (may() && s.phase !== 'ending') row.append(button(w('abandon'), 'danger', () => abandon(s), 'abandon'));
  box.append(row);
  return box;
}
function reportList() {
  const box = el('section', '', el('h2', '', w('reports')));
  if (!reports.length) return el('section', '', el('h2', '', w('reports')), el('p', 'dim', w('no_reports')));
  const ul = el('ul', 'list');
  for (const r of reports) {
    const mark = r.damaged ? '✘ ' + w('damaged') : { passed: '✔ ' + w('passed_all'), failed: '✘ ' + w('failed') }[r.outcome] || '▲ ' + w('incomplete');
    const a = el('a', '', el('b', '', mark), el('br'), premises(r.premises) + ' · ' + r.authors.join(', ') + ' · ' + when(r.ended), el('br'), el('span', 'dim', r.id));
    a.href = 'reports/' + r.id + '.html';
    ul.append(el('li', '', a));
  }
  box.append(ul);
  return box;
}
function when(m) {
  const t = new Intl.DateTimeFormat(lang === 'zh' ? 'zh-CN' : 'en-GB', { timeZone: 'Asia/Shanghai', hour12: false, year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit' }).format(new Date(m.at));
  return m.clock_trusted ? t : t + ' ⚠';
}
async function start() {
  const o = await send('', { premises: [...chosen] });
  if (!o) return;
  chosen = new Set();
  finished = '';
  show(o.id);
  await refresh();
}
function show(id) {
  shown = id;
  sessionStorage.setItem('walk', id);
  window.scrollTo(0, 0);
}

// --- a session ---
function itemState(s, it) {
  const waiting = s.await && s.await.device === it.device && s.await.point === it.point;
  if (waiting) return { cls: 'waiting', shape: '…', words: w(s.await.late ? 's_late' : it.kind === 'contact' ? 's_waiting_contact' : 's_waiting') };
  switch (it.result) {
    case 'passed': {
      const h = it.hit;
      const time = h && h.response_ms !== undefined ? w('response') + ' ' + (h.response_ms / 1000).toFixed(1) + ' ' + w('sec') : h ? w('untimed') : '';
      return { cls: 'passed', shape: '✔', words: [w('s_passed'), time].filter(Boolean).join(' · ') };
    }
    case 'failed': return { cls: 'failed', shape: '✘', words: w('s_failed') };
    case 'not_reached': return { cls: 'not_reached', shape: '▲', words: w('s_not_reached') };
  }
  if (it.unreachable && it.kind !== 'sounder') return { cls: 'not_reached', shape: '?', words: w('s_lost') };
  return { cls: '', shape: '', words: w('s_pending') };
}
const answers = (it) => ['detector', 'call_point', 'contact'].includes(it.kind);

function card(s, it, place) {
  const st = itemState(s, it);
  const box = el('div', 'card ' + st.cls + (it.active && st.cls !== 'passed' ? ' active' : ''));
  box.dataset.device = it.device;
  box.dataset.point = it.point;
  box.append(el('h3', '', text(it.label) || it.device || it.point));
  box.append(el('div', 'meta', [WORDS[lang].k[it.kind], text(it.title), place && [place.bus, place.address].filter(Boolean).join(' '), place && place.delay_ms && answers(it) ? w('delay') + ' ' + (place.delay_ms / 1000).toFixed(1) + ' ' + w('sec') : ''].filter(Boolean).join(' · ')));
  const words = el('span', '', st.words);
  box.append(el('div', 'state', el('span', 'shape', st.shape), words));
  if (it.active && answers(it)) box.append(el('p', '', '♨ ' + w('active')));
  else if (it.restored) box.append(el('p', 'dim', '↩ ' + w('restored')));
  if (it.kind === 'gauge') box.append(el('p', '', w('value') + ' ', el('b', '', it.value === undefined ? '—' : +it.value.toFixed(3) + ' ' + (it.unit || ''))));
  if (it.kind === 'sounder') box.append(el('p', 'dim', it.read_back ? '✔ ' + w('readback') : w('no_readback')));
  if (it.reason) box.append(el('p', '', it.reason));
  if (s.phase === 'running' && s.author === me.name && may()) box.append(buttons(s, it, st.cls === 'waiting'));
  return box;
}
function buttons(s, it, waiting) {
  const at = { device: it.device, point: it.point };
  const row = el('div', 'row');
  if (waiting) row.append(button(w('cancel'), '', () => act(s, 'stop'), 'stop'), button(w('problem'), 'plain', () => mark(s, it), 'mark'));
  else if (it.result === 'passed' && !answers(it)) row.append(button(w('undo'), 'plain', () => act(s, 'mark', { ...at, result: 'pending' }), 'undo'));
  else if (it.result === 'passed') { if (!it.active) row.append(button(w('again'), 'plain', () => act(s, 'now', at), 'now')); }
  else if (it.result !== 'pending') row.append(button(w('undo'), 'plain', () => act(s, 'mark', { ...at, result: 'pending' }), 'undo'));
  else if (answers(it)) {
    const now = button(w(it.kind === 'contact' ? 'now_contact' : 'now'), 'main wide', () => act(s, 'now', at), 'now');
    now.disabled = it.unreachable || it.active;
    row.append(now, button(w('problem'), 'plain', () => mark(s, it), 'mark'));
  } else {
    const yes = button(w(it.kind === 'gauge' ? 'matches' : 'heard'), 'main wide', () => act(s, 'mark', { ...at, result: 'passed' }), 'yes');
    yes.disabled = it.kind === 'gauge' && (it.unreachable || it.value === undefined);
    row.append(yes, button(w(it.kind === 'gauge' ? 'differs' : 'not_heard'), 'plain', () => mark(s, it), 'mark'));
  }
  return row;
}
function crossCard(s, c, i) {
  const box = el('div', 'alert', el('h3', '', '✘ ' + w('cross')), el('p', '', w('cross_text')(text(c.asked_label) || c.asked_device, text(c.answered_label) || c.answered_device)));
  if (c.real) box.append(el('p', '', el('b', '', w('cross_real'))));
  if (s.phase !== 'running' || s.author !== me.name || !may()) return box;
  const choices = el('div', 'choices');
  const ways = c.real ? [['mixed_up', 'mixed_up'], ['drifted', 'separate']] : [['stood_there', 'stood_there'], ['mixed_up', 'mixed_up'], ['drifted', 'drifted']];
  for (const [choice, label] of ways) choices.append(button(w(label), '', () => act(s, 'settle', { cross: i, choice }), choice));
  box.append(choices);
  return box;
}
function session(s) {
  const place = new Map(s.places.map((p) => [p.device, p]));
  const list = [];
  s.crosses.forEach((c, i) => { if (!c.choice) list.push({ key: 'x' + i, of: [c, s.phase, s.author], make: () => crossCard(s, c, i) }); });
  keep($('alerts'), list);
  const done = s.items.filter((it) => it.result !== 'pending').length;
  const body = [];
  if (s.phase === 'paused') body.push({ key: 'paused', of: s.author, make: () => pausedCard(s) });
  if (s.phase === 'ending') body.push({ key: 'ending', of: 0, make: () => el('div', 'card waiting', el('div', 'state', el('span', 'shape', '…'), w('ending')), el('p', '', w('ending_hint'))) });
  if (s.phase === 'running' && s.author !== me.name && may()) body.push({ key: 'theirs', of: s.author, make: () => openSession(s) });
  if (state.errors[s.id]) body.push({ key: 'kept', of: state.errors[s.id], make: () => el('div', 'error', '✘ ' + w('kept') + ': ' + state.errors[s.id]) });
  let sounder = false;
  for (const it of s.items) {
    if (it.kind === 'sounder' && !sounder) {
      sounder = true;
      body.push({ key: 'chirp', of: 0, make: () => el('p', 'dim', '♪ ' + w('chirp_hint')) });
    }
    const await_ = s.await && s.await.device === it.device && s.await.point === it.point ? s.await : null;
    body.push({ key: it.device + '/' + it.point, of: [it, await_, s.phase, s.author], make: () => card(s, it, place.get(it.device)) });
  }
  if (s.phase === 'running' && s.author === me.name && may()) body.push({ key: 'abandon', of: 0, make: () => el('p', '', button(w('abandon'), 'danger', () => abandon(s), 'abandon')) });
  keep($('body'), body);
  const mine = s.phase === 'running' && s.author === me.name && may();
  $('foot').hidden = !mine;
  keep($('foot'), [{ key: 'finish', of: [done, s.items.length], make: () => {
    const b = button(done < s.items.length ? w('not_all') + ' ' + done + ' / ' + s.items.length : w('finish'), 'main', () => act(s, 'finish'), 'finish');
    b.disabled = done < s.items.length;
    return b;
  } }]);
  bar(s, done);
}
function pausedCard(s) {
  return el('div', 'alert', el('h3', '', '⏸ ' + w('paused')), el('p', '', w('paused_hint')), may() ? openSession(s) : null);
}
function bar(s, done) {
  const left = state.left_ms[s.id];
  const head = $('top');
  if (s.phase !== 'running' || left === undefined) {
    head.replaceChildren();
    return;
  }
  const mine = s.author === me.name && may();
  keep(head, [{ key: 'bar', of: [s.id, mine, done, s.items.length], make: () => el('div', 'bar',
    el('div', '', el('small', '', w('left')), el('b', 'left', '')), el('div', '', el('small', '', w('done')), el('b', 'count', done + ' / ' + s.items.length)),
    mine ? button(w('extend'), '', () => act(s, 'extend'), 'extend') : null) }]);
  const ms = Math.max(0, left - (performance.now() - heard));
  head.querySelector('.left').textContent = Math.floor(ms / 60000) + ':' + String(Math.floor(ms / 1000) % 60).padStart(2, '0');
  head.firstChild.classList.toggle('low', ms < 300000);
}

// --- asking for a reason ---
function ask(title, groups, save) {
  const d = $('ask');
  let group = groups.length === 1 ? groups[0] : null;
  const reason = el('textarea');
  reason.rows = 2;
  reason.maxLength = 200;
  const quick = el('div', 'choices');
  const ok = button(w('save'), 'main', () => {
    d.close();
    save(group.result, reason.value.trim());
  }, 'save');
  const ready = () => { ok.disabled = !group || !reason.value.trim(); };
  const suggest = () => quick.replaceChildren(...(group ? group.reasons : []).map((r) => button(r, 'plain', () => {
    reason.value = r;
    ready();
  })));
  reason.addEventListener('input', ready);
  const heads = groups.length < 2 ? [] : groups.map((g) => {
    const b = button(g.title, '', () => {
      group = g;
      for (const x of heads) x.setAttribute('aria-pressed', String(x === b));
      suggest();
      ready();
    }, g.result);
    b.setAttribute('aria-pressed', 'false');
    return b;
  });
  suggest();
  ready();
  d.replaceChildren(el('h2', '', title), el('div', 'row', ...heads), quick, el('label', 'field', w('reason'), reason), ok, el('div', 'row', button(w('back'), 'plain', () => d.close(), 'back')));
  d.showModal();
}
function mark(s, it) {
  ask(text(it.label) || it.point, [
    { result: 'failed', title: '✘ ' + w('is_failed'), reasons: w('reasons_failed')[it.kind] || w('reasons_failed').detector },
    { result: 'not_reached', title: '▲ ' + w('is_not'), reasons: w('reasons_not') },
  ], (result, reason) => act(s, 'mark', { device: it.device, point: it.point, result, reason }));
}
function abandon(s) {
  ask(w('why_abandon'), [{ result: '', title: '', reasons: w('reasons_abandon') }], (_, reason) => act(s, 'abandon', { reason }));
}

// --- the whole ---
function flame() {
  const i = el('img');
  i.src = 'icon.svg';
  i.alt = '';
  i.width = i.height = 48;
  return i;
}
function fires() {
  const list = state ? state.fires : [];
  const box = $('fire');
  box.hidden = !list.length;
  if (!list.length) {
    seenFires = '';
    return;
  }
  const key = list.map((f) => f.device).sort().join();
  // Nothing may stand over a new fire.
  if (key !== seenFires && $('ask').open) $('ask').close();
  box.classList.toggle('small', key === seenFires);
  keep(box, [{ key: 'f', of: [list, key === seenFires], make: () => el('div', '', el('h2', '', flame(), ' ' + w('fire')), el('p', '', w('fire_text')),
    el('ul', '', ...list.map((f) => el('li', '', (text(f.label) || f.device) + ' ' + f.premises + (f.unreachable ? ' · ' + w('fire_lost') : '')))),
    button(w('fire_seen'), '', () => {
      seenFires = key;
      fires();
    }, 'seen')) }]);
}
function draw() {
  document.documentElement.lang = lang === 'zh' ? 'zh-CN' : 'en';
  $('title').textContent = w('title');
  document.title = w('title') + ' · Firepost';
  $('lang').textContent = w('other');
  $('out').textContent = w('logout');
  $('who').textContent = me.name + (me.name && !may() ? ' · ' + w('viewer') : '');
  $('plain').textContent = w('plain');
  fires();
  if (!state) return;
  const s = state.sessions.find((x) => x.id === shown);
  if (s) return session(s);
  $('top').replaceChildren();
  $('alerts').replaceChildren();
  chooser();
}
async function take(o) {
  const was = state && state.sessions.find((x) => x.id === shown);
  state = o;
  heard = performance.now();
  const gone = shown && !o.sessions.some((x) => x.id === shown);
  if (gone) {
    if (was) finished = was.id;
    show('');
  }
  draw();
  stale();
  if (gone) {
    await list();
    draw();
  }
}
async function list() {
  const r = await fetch('api/reports');
  if (r.ok) reports = await r.json();
}
async function refresh() {
  const r = await fetch('api/walk');
  if (r.status === 401) return login();
  if (r.ok) await take(await r.json());
  return null;
}
function stale() {
  const quiet = performance.now() - heard;
  const old = quiet > STALE_MS;
  document.body.classList.toggle('stale', old);
  $('stale').hidden = !old;
  if (old) $('stale').textContent = '✘ ' + w('stale') + ' · ' + Math.round(quiet / 1000) + ' ' + w('sec');
  const s = state && state.sessions.find((x) => x.id === shown);
  if (s) bar(s, s.items.filter((it) => it.result !== 'pending').length);
}
function listen() {
  const src = new EventSource('api/walk/watch');
  src.onmessage = (m) => take(JSON.parse(m.data));
  src.onerror = () => {
    if (src.readyState !== EventSource.CLOSED) return;
    setTimeout(() => who().then(listen).catch(() => setTimeout(listen, 2000)), 2000);
  };
}
async function who() {
  const r = await fetch('api/session');
  me = await r.json();
  $('plain').hidden = !me.plain;
  if (!me.name) login();
}
$('lang').addEventListener('click', () => {
  lang = lang === 'zh' ? 'en' : 'zh';
  localStorage.setItem('lang', lang);
  draw();
});
$('out').addEventListener('click', async () => {
  await fetch('api/logout', { method: 'POST', headers: { 'X-Firepost': '1' } });
  login();
});
setInterval(stale, 500);
who().then(async () => {
  if (!me.name) return;
  await list();
  await refresh();
  listen();
}).catch(() => say(w('no_answer')));
