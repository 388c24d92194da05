// Symbols beside colours, so that nobody needs to see colours.

const ns = 'http://www.w3.org/2000/svg';

// shapes are paths in a square of 100; the second of each pair is drawn in the ground's colour.
const shapes = {
  real: ['M50 4 98 92H2z', 'M45 34h10l-2 32h-6zM44 72h12v12H44z'],
  verifying: ['M42 6a36 36 0 1 0 20 66l22 22 10-10-22-22A36 36 0 0 0 42 6zm0 12a24 24 0 1 1 0 48 24 24 0 0 1 0-48z', ''],
  drill: ['M50 6a44 44 0 0 1 40 26l8-5-3 29-25-14 9-5a33 33 0 0 0-61 5L5 38A45 45 0 0 1 50 6zM50 94a44 44 0 0 1-40-26l-8 5 3-29 25 14-9 5a33 33 0 0 0 61-5l13 4a45 45 0 0 1-45 32z', ''],
  test: ['M6 12h88v60H6zM30 82h40v10H30z', 'M16 22h68v40H16z'],
};
const inner = { test: 'm30 42 12 12 26-26 6 6-32 32-18-18z' };

function path(d, cls) {
  const p = document.createElementNS(ns, 'path');
  p.setAttribute('d', d);
  p.setAttribute('class', cls);
  return p;
}

// sign draws the symbol of a look into an svg.
export function sign(svg, look) {
  const [ink, ground] = shapes[look];
  svg.replaceChildren(path(ink, 'ink'));
  if (ground) svg.append(path(ground, 'ground'));
  if (inner[look]) svg.append(path(inner[look], 'ink'));
}

const turns = { left: 180, right: 0, up: -90, back: 90 };

// arrow is an arrow that points that way, nothing for a way that is not known.
export function arrow(way) {
  if (!(way in turns)) return null;
  const svg = document.createElementNS(ns, 'svg');
  svg.setAttribute('viewBox', '0 0 100 100');
  svg.setAttribute('class', 'arrow');
  const p = path('M4 36h48V10l44 40-44 40V64H4z', 'ink');
  p.setAttribute('transform', `rotate(${turns[way]} 50 50)`);
  if (way === 'back') {
    p.setAttribute('d', 'M30 92V44a20 20 0 0 1 40 0v14h16L62 92 38 58h14V44a2 2 0 0 0-4 0v48z');
    p.removeAttribute('transform');
  }
  svg.append(p);
  return svg;
}
