'use strict';
// Work on a bus from a phone: look for devices, bring a new one in. What costs watching is
// said before, and asked for; while it goes on it stands on the page.
const WORDS = {
  zh: {
    title: '总线上的设备', other: 'EN', plain: '⚠ 连接未加密：旁人可能看到密码', stale: '收不到驿站数据，以下为旧状态', no_answer: '驿站没有应答，请重试',
    devices: '台设备', scan: '扫描设备', adopt: '接入新设备', thorough: '彻底扫描（慢数倍，找只答自己寄存器的设备）', none: '没有可调试的总线', back: '返回',
    unwatched: (n) => '⚠ 期间此总线停止轮询：' + n + ' 台报警设备无人监视！', unwatched_none: '期间此总线停止轮询。', outputs: (n) => '此总线上的 ' + n + ' 路输出也不能动作。', confirm: '我知道，并在现场看护', go: '开始',
    premises: '场所编码', label_zh: '公开名称（店招；住宅只写小区和楼）', label_en: '英文名称（可不填）', one_new: '只接一台新设备，其余照常。',
    running: '正在进行', not_watched: '此总线上的设备现在无人监视', stop: '停止，恢复监视', found: '已找到', done: '已完成，总线已交还轮询', failed: '没有完成', answer_done: '已完成',
    address: '地址', model: '型号', state: '状态', unknown: '未知型号', configured: '已配置', mismatch: '与配置不符', nothing: '没有设备应答', adopted: '新设备已接入', from: '原来', to: '现在', took: '用时', sec: '秒', written: '已写入配置', not_written: '请把下面的内容写入配置：',
    s: { single: '✔ 正常', slow: '▲ 应答慢', doubled: '✘ 地址冲突' }, g: { proven: '确定', likely: '很可能', possible: '可能' },
  },
  en: {
    title: 'Devices on a bus', other: '中文', plain: '⚠ Not encrypted: others may read the password', stale: 'Nothing heard from the booth; what follows is old', no_answer: 'The booth does not answer; try again',
    devices: 'devices', scan: 'Look for devices', adopt: 'Bring in a new device', thorough: 'Thoroughly (several times slower; finds what answers its own registers only)', none: 'No bus to work on', back: 'Back',
    unwatched: (n) => '⚠ The bus is not polled meanwhile: nobody watches ' + n + ' alarm devices!', unwatched_none: 'The bus is not polled meanwhile.', outputs: (n) => n + ' outputs on this bus can’t act either.', confirm: 'I know, and I watch on site', go: 'Begin',
    premises: 'Code of the premises', label_zh: 'Public name (the shop’s sign; for a home compound and building only)', label_en: 'English name (may be left out)', one_new: 'Connect one new device only; the others may stay.',
    running: 'Going on', not_watched: 'The devices of this bus are not watched now', stop: 'Stop, watch again', found: 'found', done: 'Done; the bus is polled again', failed: 'Not finished', answer_done: 'Done',
    address: 'Address', model: 'Model', state: 'State', unknown: 'unknown model', configured: 'configured', mismatch: 'differs from the configuration', nothing: 'Nothing answered', adopted: 'The new device is in', from: 'was', to: 'is', took: 'took', sec: 's', written: 'written into the configuration', not_written: 'Put this into the configuration:',
    s: { single: '✔ fine', slow: '▲ slow', doubled: '✘ two devices' }, g: { proven: 'certain', likely: 'likely', possible: 'possible' },
  },
};
const $ = (id) => document.getElementById(id);
let lang = localStorage.getItem('lang') === 'en' ? 'en' : 'zh';
let me = {};
let state = null;
let heard = performance.now();
const w = (key) => WORDS[lang][key];
const text = (t) => (t ? (lang === 'zh' ? t.ZH || t.EN : t.EN || t.ZH) || '' : '');
const speed = (s) => (s && s.baud ? s.baud + ' ' + s.format : '');

function el(tag, cls, ...kids) {
  const e = document.createElement(tag);
  if (cls) e.className = cls;
  for (const k of kids) if (k !== null && k !== undefined && k !== '') e.append(k);
  return e;
}
function button(label, cls, act, name) {
  const b = el('button', cls, label);
  b.type = 'button';
  b.dataset.do = name;
  b.addEventListener('click', act);
  return b;
}
function say(message) {
  $('error').textContent = message;
  $('error').hidden = !message;
}
function login() {
  location.replace('login.html#bus');
}
async function send(act, body) {
  say('');
  try {
    const r = await fetch('api/field/' + act, { method: 'POST', headers: { 'Content-Type': 'application/json', 'X-Firepost': '1' }, body: JSON.stringify(body || {}) });
    if (r.status === 401) return login();
    const out = await r.json();
    // What became of it comes by the stream: this answer may be older than what is shown.
    if (!r.ok) say('✘ ' + (lang === 'zh' && out.error_zh ? out.error_zh : '') + (lang === 'zh' ? '（' + out.error + '）' : out.error));
  } catch {
    say('✘ ' + w('no_answer'));
  }
  return null;
}
// only replaces what an element holds when it says something new.
function only(parent, of, make) {
  const shows = JSON.stringify([of, lang]);
  if (parent.dataset.shows === shows) return;
  parent.dataset.shows = shows;
  parent.replaceChildren(...make());
}
function field(label, input) {
  return el('label', 'field', label, input);
}
function input() {
  const i = el('input');
  i.type = 'text';
  return i;
}
function begin(b, kind) {
  const d = $('ask');
  const agree = el('input');
  agree.type = 'checkbox';
  agree.id = 'agree';
  const slow = el('input');
  slow.type = 'checkbox';
  const code = input(), zh = input(), en = input();
  code.id = 'premises';
  code.autocapitalize = 'characters';
  zh.id = 'label-zh';
  const go = button(w('go'), 'main', () => {
    d.close();
    if (kind === 'scan') send('scan', { bus: b.name, thorough: slow.checked, unwatched: agree.checked });
    else send('adopt', { bus: b.name, premises: code.value.trim(), label: { zh: zh.value.trim(), en: en.value.trim() }, unwatched: agree.checked });
  }, 'go');
  const ready = () => { go.disabled = !agree.checked || (kind === 'adopt' && (!code.value.trim() || !zh.value.trim())); };
  for (const i of [agree, code, zh]) i.addEventListener('input', ready);
  ready();
  const more = kind === 'scan' ? [el('label', 'pick', slow, w('thorough'))] : [el('p', '', w('one_new')), field(w('premises'), code), field(w('label_zh'), zh), field(w('label_en'), en)];
  d.replaceChildren(el('h2', '', b.name + ' · ' + w(kind)), el('div', b.watched ? 'error' : 'dim', b.watched ? w('unwatched')(b.watched) : w('unwatched_none'), b.outputs ? el('br') : '', b.outputs ? w('outputs')(b.outputs) : ''),
    ...more, el('label', 'pick', agree, el('b', '', w('confirm'))), go, el('div', 'row', button(w('back'), 'plain', () => d.close(), 'back')));
  d.showModal();
}
function bus(b) {
  return el('div', 'card', el('h3', '', b.name), el('div', 'meta', [b.port, b.speed, b.devices + ' ' + w('devices')].filter(Boolean).join(' · ')),
    el('div', 'row', button(w('scan'), 'main', () => begin(b, 'scan'), 'scan'), button(w('adopt'), '', () => begin(b, 'adopt'), 'adopt')));
}
function question(j) {
  const box = el('div', 'alert', el('h3', '', text(j.question.text)));
  const choices = el('div', 'choices');
  if (!j.question.options) choices.append(button(w('answer_done'), 'main', () => send('answer', { asked: j.asked_id, value: '' }), 'answer'));
  for (const o of j.question.options || []) choices.append(button(text(o.title) + ' · ' + o.value, '', () => send('answer', { asked: j.asked_id, value: o.value }), 'answer'));
  box.append(choices);
  return box;
}
function progress(j) {
  const bar = el('progress');
  if (j.progress.total) {
    bar.max = j.progress.total;
    bar.value = j.progress.done;
  }
  const p = j.progress;
  return [el('p', '', el('b', '', text(p.stage))), bar, el('p', 'dim', [p.total ? p.done + ' / ' + p.total : '', speed(p.speed), p.unit ? '#' + p.unit : '', w('found') + ' ' + p.found].filter(Boolean).join(' · '))];
}
function found(f) {
  const best = f.contract || (f.matches && f.matches.length ? f.matches.map((m) => m.contract + ' (' + w('g')[m.grade] + ')').join(', ') : w('unknown'));
  return el('tr', '', el('td', '', el('b', '', '#' + f.unit), el('br'), speed(f.speed)), el('td', '', f.device ? f.device + ' · ' + w('configured') : '', f.device ? el('br') : '', best, f.mismatch ? el('b', '', ' ✘ ' + w('mismatch')) : ''), el('td', '', w('s')[f.state] || f.state));
}
function results(j) {
  const out = [];
  if (j.scan) {
    const list = j.scan.found || [];
    out.push(list.length ? el('table', '', el('tr', '', ...['address', 'model', 'state'].map((h) => el('th', '', w(h)))), ...list.map(found)) : el('p', '', el('b', '', w('nothing'))));
    for (const n of j.notes || []) out.push(el('p', '', '▲ ' + text(n)));
  }
  const a = j.adopted;
  if (a && a.to && !j.error) {
    out.push(el('p', '', el('b', '', '✔ ' + w('adopted') + '：' + a.entry.name)), el('p', '', a.contract + ' · ' + w('from') + ' #' + a.from.unit + ' ' + speed(a.from.speed) + ' → ' + w('to') + ' #' + a.to.unit + ' ' + speed(a.to.speed)),
      el('p', 'dim', w('took') + ' ' + (a.took_ns / 1e9).toFixed(1) + ' ' + w('sec') + ' · ' + (a.written ? w('written') : w('not_written'))));
    if (!a.written && a.snippet) out.push(el('pre', '', a.snippet));
  }
  return out;
}
function job(j) {
  if (j.running) {
    return [el('div', 'alert', el('h3', '', '⚠ ' + w('not_watched')), el('p', '', j.bus + ' · ' + w(j.kind) + ' · ' + j.by), ...progress(j), button(w('stop'), 'danger', () => send('stop'), 'stop')), ...(j.question ? [question(j)] : [])];
  }
  const ok = !j.error;
  return [el('div', 'card ' + (ok ? 'passed' : 'failed'), el('div', 'state', el('span', 'shape', ok ? '✔' : '✘'), ok ? w('done') : w('failed')), el('div', 'meta', j.bus + ' · ' + w(j.kind) + ' · ' + j.by), ok ? '' : el('p', '', j.error), ...results(j))];
}
function draw() {
  document.documentElement.lang = lang === 'zh' ? 'zh-CN' : 'en';
  $('title').textContent = w('title');
  document.title = w('title') + ' · Firepost';
  $('lang').textContent = w('other');
  $('who').textContent = me.name || '';
  $('plain').textContent = w('plain');
  if (!state) return;
  only($('job'), state.job || null, () => (state.job ? job(state.job) : []));
  const busy = Boolean(state.job && state.job.running);
  only($('buses'), [state.buses, busy], () => (busy ? [] : state.buses.length ? state.buses.map(bus) : [el('p', '', w('none'))]));
}
function take(s) {
  state = s;
  heard = performance.now();
  draw();
  stale();
}
function stale() {
  const old = performance.now() - heard > 6000;
  document.body.classList.toggle('stale', old);
  $('stale').hidden = !old;
  if (old) $('stale').textContent = '✘ ' + w('stale');
}
function listen() {
  const src = new EventSource('api/field/watch');
  src.onmessage = (m) => take(JSON.parse(m.data));
  src.onerror = () => { if (src.readyState === EventSource.CLOSED) setTimeout(() => who().then(listen).catch(listen), 2000); };
}
async function who() {
  me = await (await fetch('api/session')).json();
  $('plain').hidden = !me.plain;
  if (!me.name) login();
}
$('lang').addEventListener('click', () => {
  lang = lang === 'zh' ? 'en' : 'zh';
  localStorage.setItem('lang', lang);
  draw();
});
setInterval(stale, 500);
draw();
who().then(() => me.name && listen()).catch(() => say(w('no_answer')));
