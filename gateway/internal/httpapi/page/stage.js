'use strict';
// The screens on the status page: what is really on the glass, never more than is known. It uses
// the helpers of page.js.
const SCREEN_SIGN = { ok: ['good', '✔ '], degraded: ['warn', '▲ '], black: ['bad', '✘ '], unplugged: ['bad', '✘ '], unknown: ['dim', '? '] };
const SCREEN_LOOK = { ok: '', degraded: 'fault', black: 'fault', unplugged: 'fault', unknown: 'unknown' };
const PAINTED = { none: '', painted: 'good', old: 'bad', unconfirmed: 'bad', lingers: 'bad' };
const zhen = (o, key) => (lang === 'zh' ? o[key + '_zh'] || o[key + '_en'] : o[key + '_en'] || o[key + '_zh']) || '';
const seconds = (ms) => (ms / 1000).toFixed(2) + w('sec');
// known is what a value that may be unknown says.
const known = (v, yes, no) => (v === undefined || v === null ? w('s_not_known') : v ? yes : no);

// rows makes a list of [name, value, class]; what is null is left out.
function rows(list) {
  const dl = el('dl');
  for (const r of list) if (r) dl.append(el('dt', '', w(r[0])), el('dd', r[2] || '', r[1]));
  return dl;
}
function paintedRow(o, ms) {
  if (o.painted === 'none') return ms ? ['p_last', seconds(ms)] : null;
  const mark = o.painted === 'painted' ? '✔ ' : '✘ ';
  return ['s_takeover_row', mark + w('p_' + o.painted) + (o.painted === 'painted' && ms ? ' · ' + seconds(ms) : ''), PAINTED[o.painted]];
}
function television(t) {
  // What nobody has heard of for a while is not known, whatever was said before.
  const old = t.stale && t.health === 'ok';
  const health = old ? 'unknown' : t.health;
  const [cls, sign] = SCREEN_SIGN[health] || SCREEN_SIGN.unknown;
  const card = el('div', 'card ' + (SCREEN_LOOK[health] ?? 'unknown'));
  card.append(el('h3', '', t.name), el('div', 'meta', [w('television'), t.width && t.width + '×' + t.height].filter(Boolean).join(' · ')));
  card.append(el('div', 'state ' + cls, sign + (old ? w('s_stale') : zhen(t, 'text'))));
  if (t.dark) card.append(el('div', 'tags', el('span', 'tag disabled', w('s_dark'))));
  const runner = t.runner ? (t.browser_up ? w('s_browser_up') : '✘ ' + w('s_browser_down') + (t.browser_why ? ' · ' + t.browser_why : '')) + ' · ' + w('s_browser_starts') + ' ' + t.browser_starts : w('s_runner_gone');
  // A takeover covers the item that runs below it.
  const glass = ['painted', 'old', 'lingers'].includes(t.painted) ? w('sh_takeover') : t.item;
  card.append(rows([
    ['s_glass', t.stale ? w('s_not_known') + (glass ? ' · ' + w('last_known') + ' ' + glass : '') : glass || w('none'), t.stale ? 'old' : ''],
    paintedRow(t, t.paint_ms),
    ['s_beat', t.beat_age_ms < 0 ? w('s_beat_never') : (t.stale ? '⚠ ' : '') + age(t.beat_age_ms) + w('age'), t.stale ? 'old' : ''],
    ['s_page', (t.connected ? w('connected') : '✘ ' + w('disconnected')) + (t.old_build ? ' · ' + w('s_old_build') : ''), t.connected ? '' : 'bad'],
    ['s_browser', runner, t.runner ? (t.browser_up ? '' : 'bad') : 'old'],
    ['s_plug', (t.plug === 'in' ? '' : '⚠ ') + w('plug_' + t.plug) + (t.mode ? ' · ' + t.mode : ''), t.plug === 'in' ? '' : 'old'],
    t.set ? ['s_set', known(t.set.on, w('set_on'), w('set_off')) + (t.set.input ? ' · ' + w('s_input') + ' ' + t.set.input : ''), t.set.on === null || t.set.error ? 'old' : ''] : null,
    t.set && t.set.error ? ['s_set', t.set.error, 'old'] : null,
    t.heap ? ['s_heap', bytes(t.heap)] : null,
    t.error ? ['s_error', t.error, 'old'] : null,
  ]));
  return card;
}
function ledBoard(b) {
  const bad = b.tamper || !b.up || b.painted === 'unconfirmed';
  const card = el('div', 'card ' + (bad ? 'fault' : ''));
  card.append(el('h3', '', b.name), el('div', 'meta', [w('board_led'), b.kind, b.model].filter(Boolean).join(' · ')));
  card.append(el('div', 'state ' + (b.up ? (bad ? 'warn' : 'good') : 'bad'), b.up ? (bad ? '▲ ' : '✔ ') + w('board_up') : '✘ ' + w('board_down')));
  if (b.tamper) card.append(el('div', 'tamper', '✘ ' + w('s_tamper') + w('semicolon') + w('s_tamper_out')(b.reset)));
  if (b.error) card.append(el('div', 'meta bad', b.error));
  card.append(rows([
    ['shows', w('sh_' + b.shows), b.shows ? '' : 'old'],
    paintedRow(b, 0),
    ['s_lit', known(b.lit, w('set_on'), w('set_off'))],
    b.brightness === undefined ? null : ['s_brightness', b.brightness + ' %'],
    b.celsius === undefined ? null : ['s_celsius', b.celsius.toFixed(1) + ' °C'],
    b.smoke === undefined ? null : ['s_smoke', (b.smoke ? '✘ ' : '') + known(b.smoke, w('yes'), w('no')), b.smoke ? 'bad' : ''],
    b.door === undefined ? null : ['s_door', (b.door ? '⚠ ' : '') + known(b.door, w('open_door'), w('shut_door')), b.door ? 'old' : ''],
    b.signal === undefined ? null : ['s_signal', known(b.signal, w('yes'), w('no')), b.signal ? '' : 'old'],
  ]));
  return card;
}
function loudspeaker(s) {
  const bad = Boolean(s.error);
  const card = el('div', 'card ' + (bad ? 'fault' : ''));
  const now = s.sounding ? 'sp_sounding' : s.want ? 'sp_starting' : 'sp_quiet';
  card.append(el('h3', '', w('s_speaker')), el('div', 'state ' + (bad ? 'bad' : ''), bad ? '✘ ' + w('speaker_bad') : w(now)), bad ? el('div', 'meta bad', s.error) : '');
  return card;
}
function programme(p, plays) {
  const box = [el('h3', '', w('s_programme') + ' ', p.name ? el('span', '', p.name + (p.starter ? ' · ' + w('s_starter') : '')) : el('span', 'bad', '✘ ' + w('s_programme_none')))];
  const title = zhen(p, 'title');
  if (title) box.push(el('div', 'meta dim', title));
  const line = (key, text) => text && box.push(el('div', 'bad', '✘ ' + w(key) + w('colon') + text));
  line('s_trouble', p.trouble);
  line('s_refused', p.refused);
  line('s_package', p.package);
  for (const f of p.faults || []) box.push(el('div', 'warn', '▲ ' + (lang === 'zh' ? f.zh : f.en), el('div', 'meta dim', f.detail)));
  if (p.out_of_play) line('s_out', p.out_of_play.join(w('comma')));
  const day = plays.day === 'unclocked' ? w('s_unclocked') : plays.day || w('s_no_plays');
  box.push(rows([
    p.wanted ? ['s_wanted', w('s_version') + ' ' + p.wanted + ' · ' + w('s_missing') + ' ' + (p.missing || 0) + ' ' + w('s_files') + ' · ' + bytes(p.missing_bytes || 0)] : null,
    p.fetching ? ['s_fetching', p.fetching + ' · ' + bytes(p.fetching_at || 0) + ' / ' + bytes(p.fetching_size || 0)] : null,
    p.wanted && p.waiting ? ['s_waiting', w('w_' + p.waiting), 'old'] : null,
    ['s_disk', bytes(p.bytes) + ' / ' + bytes(p.budget) + ' · ' + w('s_free') + ' ' + (p.free < 0 ? w('s_not_known') : bytes(p.free))],
    ['s_plays', plays.day ? day + ' · ' + plays.count + ' ' + w('s_played') + ' · ' + w('s_failed') + ' ' + plays.failed + (plays.rejected ? ' · ' + w('s_rejected') + ' ' + plays.rejected : '') : day],
  ]));
  return box;
}
// stage draws the whole section, or hides it.
function stage(s) {
  $('stage').hidden = !s;
  if (!s) return;
  const t = s.takeover;
  $('taken').hidden = !t && !s.notice;
  $('taken').className = t ? t.kind : 'test';
  if (t) $('taken').textContent = w('s_takeover') + w('colon') + [w('s_' + t.kind), w('s_' + t.stage), ((lang === 'zh' ? t.places_zh : t.places_en) || []).filter(Boolean).join(w('comma'))].filter(Boolean).join(' · ');
  else if (s.notice) $('taken').textContent = w('s_notice') + w('colon') + s.notice;
  $('screens').replaceChildren(...s.televisions.map(television), ...s.boards.map(ledBoard), ...(s.speaker ? [loudspeaker(s.speaker)] : []));
  $('programme').replaceChildren(...programme(s.programme, s.plays));
}
