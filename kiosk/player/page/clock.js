// The booth's time since boot, kept by the browser's own steady clock between two states.

let offset = null;

// heard takes the booth's time, in milliseconds, as it stood in a message received at that
// moment of performance.now(). A message can only be late, so that the earliest counts; a
// difference beyond a quarter of a second is another boot or a clock that slept.
export function heard(mono, at) {
  const now = mono - at;
  if (offset === null || Math.abs(now - offset) > 250) offset = now;
  else if (now > offset) offset = now;
  else offset += (now - offset) * 0.02;
}

// mono is the booth's time since boot in milliseconds; null before the first state.
export function mono(at = performance.now()) {
  return offset === null ? null : at + offset;
}

let wall = null;

// told takes the wall clock of a message, null or empty where it is not to be believed.
export function told(text, at) {
  const ms = text ? Date.parse(text) : NaN;
  wall = Number.isFinite(ms) ? ms - at : null;
}

// beijing is a Date whose UTC parts read as Beijing time; null while no clock is trusted.
export function beijing(at = performance.now()) {
  return wall === null ? null : new Date(wall + at + 8 * 3600_000);
}
