// The player: what the daemon says should be shown, is shown; what is shown, is said.

import * as clock from './clock.js';
import { Alarm, shape } from './alarm.js';
import { Beats } from './beat.js';
import { Link } from './link.js';
import { Sound } from './sound.js';
import { Stage } from './stage.js';
import { Zones } from './zones.js';
import { slots } from './schedule.js';

const el = (id) => document.getElementById(id);
const { build, screen } = document.body.dataset;
const beats = new Beats(build);
const alarm = new Alarm(beats);
const sound = new Sound(beats);
const stage = new Stage(el('main'), beats);
const zones = new Zones(beats);

let state = null, zoned = {}, size = '', pulse = 0, drifted = 0, step = 0;

addEventListener('error', (e) => beats.wrong('script', e.message));
addEventListener('unhandledrejection', (e) => beats.wrong('script', e.reason));
addEventListener('contextmenu', (e) => e.preventDefault());

// heard takes one message. The takeover comes first: nothing in a programme can keep it away.
function heard(down, at) {
  const s = down.state;
  if (s) {
    clock.heard(s.mono_ms, at);
    clock.told(s.wall, at);
    state = s;
    beats.rev = s.rev;
    attempt('takeover', () => alarm.follow(s.takeover ?? null, at));
    attempt('sound', () => sound.follow(s.takeover ?? null, (s.sound ?? 0) / 100));
    attempt('programme', () => follow(s));
  }
  if (down.order?.ping) beats.pong = down.order.ping;
  if (down.order?.reload) reload();
}

function attempt(what, f) {
  try {
    f();
  } catch (err) {
    beats.wrong(what, err);
  }
}

let programme = '';

function follow(s) {
  const lists = JSON.stringify(s.showing.zones ?? {});
  if (lists !== programme) {
    programme = lists;
    zoned = {};
    for (const [name, list] of Object.entries(s.showing.zones ?? {})) zoned[name] = slots(list);
  }
  const [zh, en] = document.querySelectorAll('#calm .name');
  if (s.station_zh && zh.textContent !== s.station_zh) zh.textContent = s.station_zh;
  if (en.textContent !== (s.station_en ?? '')) en.textContent = s.station_en ?? '';
  document.body.classList.add('told');
  stage.follow(zoned.main ?? [], s.showing.programme, (s.sound ?? 0) / 100);
  zones.follow(zoned);
  const lit = s.showing.on || !s.showing.programme, percent = Math.min(100, Math.max(1, s.showing.brightness || 100));
  el('dim').style.opacity = lit ? 1 - percent / 100 : 1;
  const held = !!s.takeover || !lit, mono = clock.mono();
  stage.hold(held, mono);
  zones.hold(held, mono);
  tick();
}

// reload loads the page anew, but only from a daemon that answers: an error page would stay.
async function reload() {
  try {
    const r = await fetch(location.href, { method: 'HEAD', cache: 'no-store' });
    if (r.ok) location.reload();
  } catch (err) {
    beats.wrong('reload', err);
  }
}

// layout gives the zones that are in use their places.
function layout() {
  const now = [innerWidth, innerHeight, !!zoned.ticker?.length, zones.clock.classList.contains('on'), !!zoned.qr?.length, hasColumn(), step].join();
  if (now === size) return;
  size = now;
  const form = shape(innerWidth, innerHeight), b = document.body.classList;
  document.body.dataset.shape = form;
  b.toggle('has-ticker', !!zoned.ticker?.length);
  b.toggle('has-side', form !== 'wall' && (zones.clock.classList.contains('on') || !!zoned.qr?.length));
  b.toggle('has-column', form !== 'wall' && hasColumn());
  b.toggle('ticker-top', step % 30 >= 15);
}

const hasColumn = () => (zoned.ticker ?? []).some((s) => s.item.mn);

// drift moves everything a little once a minute, so that nothing stands in one place for ever.
function drift(now) {
  if (drifted && now - drifted < 60_000) return;
  drifted = now;
  const least = Math.min(innerWidth, innerHeight), most = least < 240 ? 0 : Math.min(24, Math.floor(least * 0.015));
  const path = [[0, 0], [1, 0], [1, 1], [0, 1], [-1, 1], [-1, 0], [-1, -1], [0, -1], [1, -1]];
  const [x, y] = path[step++ % path.length];
  const style = document.documentElement.style;
  style.setProperty('--drift', most + 'px');
  style.setProperty('--x', x * most + 'px');
  style.setProperty('--y', y * most + 'px');
}

function tick() {
  const mono = clock.mono();
  attempt('layout', layout);
  attempt('programme', () => stage.tick(mono));
  attempt('zones', () => zones.tick(mono, size));
  attempt('takeover', () => alarm.tick(performance.now()));
}

function frame(now) {
  beats.frames++;
  // One pixel changes twice a second, so that pictures are really made while nothing moves.
  if (now - pulse > 500) {
    pulse = now;
    el('pulse').classList.toggle('odd');
    drift(now);
  }
  tick();
  requestAnimationFrame(frame);
}

function look() {
  const { item, video } = stage.shown();
  const glass = alarm.glass();
  return { item, video, takeover: glass?.id, takeoverRev: glass?.rev };
}

stage.wake = tick;
requestAnimationFrame(frame);
setInterval(tick, 500); // goes on where no frame is asked for
const link = new Link(`ws://${location.host}/screen/${encodeURIComponent(screen)}/ws?build=${build}`, heard, () => {
  beats.pong = 0;
  beats.send();
});
beats.start(link, look);
