// Text is made as large as its box allows and never cut off.

// room is what a box leaves for its content, in pixels.
function room(box) {
  const css = getComputedStyle(box);
  return {
    w: box.clientWidth - parseFloat(css.paddingLeft) - parseFloat(css.paddingRight) + 1,
    h: box.clientHeight - parseFloat(css.paddingTop) - parseFloat(css.paddingBottom) + 1,
  };
}

function inside(words, r) {
  const w = words.getBoundingClientRect();
  return words.scrollWidth <= r.w && words.scrollHeight <= r.h && w.height <= r.h && w.width <= r.w;
}

// fits reports whether words, as they are laid out now, are whole within their box.
export function fits(box, words) {
  return inside(words, room(box));
}

// holds reports whether words would be whole at that size.
export function holds(box, words, size) {
  words.style.fontSize = size + 'px';
  return inside(words, room(box));
}

// fit gives words the largest font from least to most pixels that leaves them whole, and returns
// it. Lines end between phrases where that leaves at least that share of the size, and inside long
// words only where even the smallest font does not help. 0: it never fits.
export function fit(box, words, least, most, share = 0.62) {
  const r = room(box);
  words.classList.remove('broken', 'phrases');
  let size = search(r, words, least, most);
  if (!size) {
    words.classList.add('broken');
    size = search(r, words, least, most);
  } else if (share <= 1) {
    words.classList.add('phrases');
    const phrased = search(r, words, size * share, size);
    if (phrased) size = phrased;
    else words.classList.remove('phrases');
  }
  words.style.fontSize = (size || least) + 'px';
  return size;
}

function search(r, words, least, most) {
  const whole = (size) => {
    words.style.fontSize = size + 'px';
    return inside(words, r);
  };
  if (whole(most)) return most;
  if (!whole(least)) return 0;
  let lo = least, hi = most;
  while (hi - lo > Math.max(0.5, lo / 30)) {
    const mid = (lo + hi) / 2;
    if (whole(mid)) lo = mid;
    else hi = mid;
  }
  return lo;
}
