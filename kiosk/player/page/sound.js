// What a takeover says: its tone, its recordings, a pause, and again for as long as it lasts.

const pause = 1500; // ms between two rounds
const limit = 60_000; // ms that one recording may take

export class Sound {
  constructor(beats) {
    Object.assign(this, { beats, name: '', list: [], i: 0, timer: 0, volume: 0, context: null });
    this.audio = new Audio();
    this.audio.preload = 'auto';
    this.audio.onended = () => this.next();
    this.audio.onerror = () => this.broken();
  }

  // follow plays what the scene lists at that volume, 0–1; null is silence.
  follow(scene, volume) {
    const list = scene && volume > 0 ? [scene.tone, ...(scene.speech ?? [])].filter(Boolean) : [];
    const name = list.join('|');
    this.volume = volume;
    this.audio.volume = Math.min(1, Math.max(0, volume));
    if (name === this.name) return;
    this.stop();
    this.name = name;
    this.list = list;
    this.tone = scene?.tone;
    if (list.length) this.play();
  }

  stop() {
    clearTimeout(this.timer);
    this.playing = false;
    this.audio.pause();
    if (this.audio.hasAttribute('src')) {
      this.audio.removeAttribute('src');
      this.audio.load();
    }
    this.i = 0;
  }

  play() {
    const name = this.list[this.i];
    this.playing = true;
    this.audio.src = '/speech/' + encodeURIComponent(name);
    this.audio.play().catch((err) => {
      if (err.name === 'NotAllowedError') {
        this.beats.wrong('sound', err);
        this.after(pause);
      }
    });
    // A recording that never ends must not silence the next one.
    this.after(limit);
  }

  after(ms) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.next(), ms);
  }

  next() {
    if (!this.list.length) return;
    this.i = (this.i + 1) % this.list.length;
    clearTimeout(this.timer);
    if (this.i === 0) this.timer = setTimeout(() => this.play(), pause);
    else this.play();
  }

  // broken goes on without a recording; a tone that is missing is made here.
  broken() {
    if (!this.playing || !this.audio.hasAttribute('src')) return;
    this.beats.wrong('sound', 'recording ' + this.list[this.i] + ' can\'t be played');
    if (this.list[this.i] === this.tone) this.beep();
    this.after(pause);
  }

  // beep is two plain notes, in place of a tone that can't be played.
  beep() {
    this.context ??= new AudioContext();
    this.context.resume();
    const now = this.context.currentTime, gain = this.context.createGain();
    gain.gain.value = this.volume * 0.4;
    gain.connect(this.context.destination);
    [880, 660].forEach((hz, i) => {
      const o = this.context.createOscillator();
      o.frequency.value = hz;
      o.connect(gain);
      o.start(now + i * 0.5);
      o.stop(now + i * 0.5 + 0.4);
      if (i) o.onended = () => gain.disconnect();
    });
  }
}
