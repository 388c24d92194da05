// QR codes (ISO/IEC 18004): byte mode, versions 1 to 10, error correction M.

// blocks: check words per block, then pairs of block count and data words per block.
const blocks = [
  [10, 1, 16], [16, 1, 28], [26, 1, 44], [18, 2, 32], [24, 2, 43], [16, 4, 27], [18, 4, 31],
  [22, 2, 38, 2, 39], [22, 3, 36, 2, 37], [26, 4, 43, 1, 44],
];
const centres = [[], [6, 18], [6, 22], [6, 26], [6, 30], [6, 34], [6, 22, 38], [6, 24, 42], [6, 26, 46], [6, 28, 50]];

const exp = new Uint8Array(510), log = new Uint8Array(256);
for (let i = 0, x = 1; i < 255; i++, x = (x << 1) ^ (x & 128 ? 0x11d : 0)) {
  exp[i] = exp[i + 255] = x;
  log[x] = i;
}
const times = (a, b) => (a && b ? exp[log[a] + log[b]] : 0);

// remainder is the check words of a block.
function remainder(data, n) {
  let g = [1];
  for (let i = 0; i < n; i++) {
    const next = [...g, 0];
    for (let j = 0; j < g.length; j++) next[j + 1] ^= times(g[j], exp[i]);
    g = next;
  }
  const r = new Array(n).fill(0);
  for (const d of data) {
    const f = d ^ r.shift();
    r.push(0);
    for (let j = 0; j < n; j++) r[j] ^= times(g[j + 1], f);
  }
  return r;
}

function words(bytes, version) {
  const [check, ...pairs] = blocks[version - 1];
  const sizes = [];
  for (let i = 0; i < pairs.length; i += 2) for (let j = 0; j < pairs[i]; j++) sizes.push(pairs[i + 1]);
  const room = sizes.reduce((a, b) => a + b, 0);
  const bits = [];
  const put = (v, n) => {
    for (let i = n - 1; i >= 0; i--) bits.push((v >> i) & 1);
  };
  put(4, 4);
  put(bytes.length, version < 10 ? 8 : 16);
  for (const b of bytes) put(b, 8);
  put(0, Math.min(4, room * 8 - bits.length));
  while (bits.length % 8) bits.push(0);
  const data = [];
  for (let i = 0; i < bits.length; i += 8) data.push(parseInt(bits.slice(i, i + 8).join(''), 2));
  for (let pad = 0xec; data.length < room; pad ^= 0xfd) data.push(pad);
  let begin = 0;
  const parts = sizes.map((n) => data.slice(begin, (begin += n)));
  const checks = parts.map((p) => remainder(p, check));
  const out = [];
  for (let i = 0; i < sizes[sizes.length - 1]; i++) for (const p of parts) if (i < p.length) out.push(p[i]);
  for (let i = 0; i < check; i++) for (const c of checks) out.push(c[i]);
  return out;
}

// bch appends the check bits of generator g to v.
function bch(v, g, n) {
  const top = (x) => 31 - Math.clz32(x);
  let r = v << n;
  while (r && top(r) >= n) r ^= g << (top(r) - n);
  return (v << n) | r;
}

function frame(version) {
  const size = 17 + 4 * version;
  const m = Array.from({ length: size }, () => new Array(size).fill(null));
  const set = (r, c, v) => {
    if (r >= 0 && c >= 0 && r < size && c < size) m[r][c] = v;
  };
  for (const [r, c] of [[0, 0], [0, size - 7], [size - 7, 0]]) {
    for (let y = -1; y < 8; y++) for (let x = -1; x < 8; x++) {
      const d = Math.max(Math.abs(x - 3), Math.abs(y - 3));
      set(r + y, c + x, d === 3 || d < 2 ? 1 : 0);
    }
  }
  const at = centres[version - 1], last = at.length - 1;
  at.forEach((r, i) => at.forEach((c, j) => {
    if ((i === 0 && (j === 0 || j === last)) || (i === last && j === 0)) return;
    for (let y = -2; y < 3; y++) for (let x = -2; x < 3; x++) set(r + y, c + x, Math.max(Math.abs(x), Math.abs(y)) === 1 ? 0 : 1);
  }));
  for (let i = 8; i < size - 8; i++) m[6][i] = m[i][6] = 1 - (i & 1);
  return m;
}

// imprint writes format and version; called with mask -1 it only takes their places.
function imprint(m, version, mask) {
  const size = m.length, f = mask < 0 ? 0 : bch(mask, 0x537, 10) ^ 0x5412;
  for (let i = 0; i < 15; i++) {
    const bit = (f >> i) & 1;
    m[i < 6 ? i : i < 8 ? i + 1 : size - 15 + i][8] = bit;
    m[8][i < 8 ? size - 1 - i : i === 8 ? 7 : 14 - i] = bit;
  }
  m[size - 8][8] = 1;
  if (version < 7) return;
  const v = bch(version, 0x1f25, 12);
  for (let i = 0; i < 18; i++) m[Math.floor(i / 3)][size - 11 + (i % 3)] = m[size - 11 + (i % 3)][Math.floor(i / 3)] = (v >> i) & 1;
}

const masks = [
  (r, c) => (r + c) % 2, (r) => r % 2, (r, c) => c % 3, (r, c) => (r + c) % 3, (r, c) => ((r >> 1) + Math.floor(c / 3)) % 2,
  (r, c) => ((r * c) % 2) + ((r * c) % 3), (r, c) => (((r * c) % 2) + ((r * c) % 3)) % 2, (r, c) => (((r + c) % 2) + ((r * c) % 3)) % 2,
];

function fill(m, data, mask) {
  const size = m.length;
  let n = 0;
  for (let right = size - 1, up = true; right > 0; right -= 2, up = !up) {
    if (right === 6) right--;
    for (let i = 0; i < size; i++) for (const c of [right, right - 1]) {
      const r = up ? size - 1 - i : i;
      if (m[r][c] !== null) continue;
      const bit = n < data.length * 8 ? (data[n >> 3] >> (7 - (n & 7))) & 1 : 0;
      m[r][c] = bit ^ (masks[mask](r, c) === 0 ? 1 : 0);
      n++;
    }
  }
}

// penalty is how hard a symbol is to read: runs, squares, shapes like finders, balance.
function penalty(m) {
  const size = m.length;
  let sum = 0, dark = 0;
  const lines = [...m, ...m.map((_, i) => m.map((row) => row[i]))];
  for (const line of lines) {
    const s = line.join('');
    for (const run of s.match(/0{5,}|1{5,}/g) ?? []) sum += run.length - 2;
    for (let i = 0; i + 11 <= size; i++) {
      const w = s.slice(i, i + 11);
      if (w === '10111010000' || w === '00001011101') sum += 40;
    }
  }
  for (let r = 0; r < size; r++) for (let c = 0; c < size; c++) {
    dark += m[r][c];
    if (r && c && m[r][c] === m[r - 1][c] && m[r][c] === m[r][c - 1] && m[r][c] === m[r - 1][c - 1]) sum += 3;
  }
  return sum + 10 * Math.floor(Math.abs((dark * 20) / (size * size) - 10));
}

// encode is the modules of a payload, rows of 0 and 1, without the quiet zone; under the mask that
// is easiest to read unless one is asked for.
export function encode(payload, only) {
  const bytes = [...new TextEncoder().encode(payload)];
  const version = blocks.findIndex(([, a, b, c = 0, d = 0], i) => bytes.length + (i < 9 ? 2 : 3) <= a * b + c * d) + 1;
  if (!version || !bytes.length) throw new Error('QR payload of ' + bytes.length + ' bytes, allowed are 1 to 213');
  const data = words(bytes, version);
  let best = null, least = Infinity;
  for (let mask = 0; mask < 8; mask++) {
    if (only !== undefined && mask !== only) continue;
    const m = frame(version);
    imprint(m, version, -1);
    fill(m, data, mask);
    imprint(m, version, mask);
    const p = penalty(m);
    if (p < least) [best, least] = [m, p];
  }
  return best;
}

// draw is a payload as an image with its quiet zone.
export function draw(payload) {
  const m = encode(payload), n = m.length + 8, ns = 'http://www.w3.org/2000/svg';
  const svg = document.createElementNS(ns, 'svg');
  svg.setAttribute('viewBox', `0 0 ${n} ${n}`);
  svg.setAttribute('shape-rendering', 'crispEdges');
  svg.setAttribute('class', 'code');
  const add = (d, fill) => {
    const p = document.createElementNS(ns, 'path');
    p.setAttribute('d', d);
    p.setAttribute('fill', fill);
    svg.append(p);
  };
  add(`M0 0h${n}v${n}H0z`, '#fff');
  add(m.map((row, r) => row.map((v, c) => (v ? `M${c + 4} ${r + 4}h1v1h-1z` : '')).join('')).join(''), '#000');
  return svg;
}
