// One item, made ready out of sight: loaded and decoded before anybody sees it.

import { fit } from './fit.js';
import { draw } from './qr.js';

const lateVideo = 3000, latePicture = 5000, latePage = 5000; // ms to be ready once wanted
const torn = 0.5; // s that may be missing at a video's end
const stuck = 5000; // ms without progress of a playing video
const languages = [['zh', 'zh-CN'], ['mn', 'mn-Mong'], ['en', 'en']];

const media = (item) => '/media/' + encodeURIComponent(item.media ?? '');

// Item holds what one slot shows. state is loading, ready, shown or failed; why says what failed.
export class Item {
  constructor(slot, zone, changed) {
    Object.assign(this, { slot, item: slot.item, key: slot.key, state: 'loading', why: '', changed, wanted: 0, video: null, moved: 0, position: -1 });
    this.gone = new AbortController();
    this.box = document.createElement('div');
    this.box.className = 'item ' + slot.item.kind;
    this.box.dataset.item = slot.item.id;
    this.box.dataset.state = 'loading';
    zone.append(this.box);
    try {
      this.limit = this.load(slot.item);
    } catch (err) {
      this.fail(err);
    }
  }

  load(item) {
    switch (item.kind) {
      case 'video': return this.loadVideo(item);
      case 'image': return this.loadImage(item);
      case 'page': return this.loadPage(item);
      case 'text': return this.loadText(item);
      case 'code': return this.loadCode(item);
    }
    throw new Error('unknown kind ' + item.kind);
  }

  loadVideo(item) {
    const v = document.createElement('video');
    const on = (name, f) => v.addEventListener(name, f, { signal: this.gone.signal });
    this.video = v;
    v.muted = v.playsInline = true;
    v.preload = 'auto';
    v.disablePictureInPicture = true;
    on('loadedmetadata', () => (this.length = v.duration));
    on('loadeddata', () => this.ready());
    on('error', () => this.fail('video: ' + (v.error?.message || 'code ' + v.error?.code)));
    v.src = media(item);
    this.box.append(v);
    return lateVideo;
  }

  loadImage(item) {
    const img = new Image();
    img.decoding = 'sync';
    img.src = media(item);
    img.decode().then(() => {
      this.box.append(img);
      this.ready();
    }, (err) => this.fail('image: ' + (err?.message ?? err)));
    this.image = img;
    return latePicture;
  }

  loadPage(item) {
    const frame = document.createElement('iframe');
    frame.setAttribute('sandbox', 'allow-scripts');
    frame.tabIndex = -1;
    this.frame = frame;
    // A frame that got an error page says "load" all the same; so it is asked for first.
    fetch(media(item), { method: 'HEAD', signal: this.gone.signal }).then((r) => {
      if (!r.ok) throw new Error('answer ' + r.status);
      frame.addEventListener('load', () => this.ready(), { signal: this.gone.signal });
      frame.src = media(item);
      this.box.append(frame);
    }).catch((err) => this.fail('page: ' + (err?.message ?? err)));
    return latePage;
  }

  loadText(item) {
    const columns = document.createElement('div');
    columns.className = 'words';
    for (const [key, lang] of languages) {
      if (!item[key]) continue;
      const p = document.createElement('p');
      p.lang = lang;
      p.className = key;
      p.textContent = item[key];
      columns.append(p);
    }
    columns.classList.toggle('with-mn', !!item.mn);
    if (!columns.children.length) throw new Error('text without words');
    this.box.append(columns);
    fit(this.box, columns, 8, 200);
    this.ready();
    return latePicture;
  }

  loadCode(item) {
    this.box.append(draw(item.payload ?? ''));
    this.ready();
    return latePicture;
  }

  ready() {
    if (this.state !== 'loading') return;
    this.set('ready');
    this.changed();
  }

  fail(why) {
    if (this.state === 'failed' || this.gone.signal.aborted) return;
    this.why = String(why?.message ?? why);
    this.set('failed');
    this.changed();
  }

  set(state) {
    this.state = state;
    this.box.dataset.state = state;
  }

  // start sets a video going; it is ready to be seen once a picture of it is really there.
  start(loud, volume) {
    if (!this.video || this.started) return;
    this.started = performance.now();
    this.moved = this.started;
    this.volume(loud, volume);
    this.fresh = false;
    this.video.requestVideoFrameCallback?.(() => {
      this.fresh = true;
      this.changed();
    });
    this.play();
  }

  play() {
    this.moved = performance.now();
    this.video?.play().catch((err) => {
      if (err.name !== 'AbortError') this.fail('play: ' + err.message);
    });
  }

  volume(loud, volume) {
    const v = this.video;
    if (!v) return;
    const muted = !loud || volume <= 0;
    if (v.muted !== muted) v.muted = muted;
    v.volume = Math.min(1, Math.max(0, volume));
  }

  // visible reports whether nothing would be missing if the item were shown now.
  visible() {
    if (this.state !== 'ready' && this.state !== 'shown') return false;
    return !this.video || (this.fresh && this.video.readyState >= 2);
  }

  // check fails an item that takes too long to be ready, to start or to go on.
  check(now) {
    if (this.state === 'loading' && this.wanted && now - this.wanted > this.limit) this.fail('not loaded in time');
    const v = this.video;
    if (!v || !this.started || this.state === 'failed') return;
    if (v.currentTime !== this.position || v.ended) {
      this.position = v.currentTime;
      this.moved = now;
    }
    // Some decoders never say that a picture was shown.
    if (!this.fresh && now - this.started > 500 && v.currentTime > 0.1 && v.readyState >= 2) this.fresh = true;
    if (v.ended && Number.isFinite(this.length) && this.length - v.currentTime > torn) {
      this.fail(`video ended at ${v.currentTime.toFixed(1)} of ${this.length.toFixed(1)} s`);
      return;
    }
    if (this.state === 'ready' && !this.fresh && now - this.started > lateVideo) this.fail('video did not start');
    else if (this.state === 'shown' && now - this.moved > stuck) this.fail('video stopped at ' + v.currentTime.toFixed(1) + ' s');
  }

  pause() {
    this.video?.pause();
  }

  beat() {
    const v = this.video;
    if (!v || !this.started) return null;
    return { at: v.currentTime, dropped: v.getVideoPlaybackQuality?.().droppedVideoFrames ?? 0, paused: v.paused };
  }

  // drop gives back everything that the item holds.
  drop() {
    this.gone.abort();
    if (this.video) {
      this.video.pause();
      this.video.removeAttribute('src');
      this.video.load();
    }
    this.image?.removeAttribute('src');
    this.frame?.removeAttribute('src');
    this.box.remove();
    this.video = this.image = this.frame = null;
    this.changed = () => {};
  }
}
