// Which slot is on at a time. Slots are in milliseconds since boot here.

// slots reads a zone's slots; what makes no sense is left out.
export function slots(list) {
  const out = [];
  for (const s of list ?? []) {
    const from = s.from / 1e6, until = s.until / 1e6;
    if (s.item && s.item.id && Number.isFinite(from) && until > from) out.push({ item: s.item, from, until });
  }
  return out;
}

// at is the slot of that time, and the ones after it on request. Beyond its end the list goes
// round for ever, so that a page without its daemon never runs out. Before its beginning the
// first slot counts. Null for an empty list.
export function at(list, mono, ahead = 0) {
  if (list.length === 0) return null;
  const first = list[0].from, span = list[list.length - 1].until - first;
  let round = Math.max(0, Math.floor((mono - first) / span));
  const into = mono - round * span;
  let i = list.findIndex((s) => into < s.until);
  if (i < 0) i = list.length - 1;
  i += ahead;
  round += Math.floor(i / list.length);
  const s = list[i % list.length], shift = round * span;
  return { item: s.item, from: s.from + shift, until: s.until + shift, key: s.item.id + '@' + Math.round(s.from + shift) };
}
