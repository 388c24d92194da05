'use strict';
// Where to go afterwards; nothing but the booth's own pages.
const PAGES = { walk: 'walk.html', bus: 'bus.html' };
const $ = (id) => document.getElementById(id);
const next = () => PAGES[location.hash.slice(1)] || './';

async function look() {
  const r = await fetch('api/session');
  const s = await r.json();
  $('plain').hidden = !s.plain;
  if (s.name) location.replace(next());
}
function say(text) {
  $('error').textContent = text;
  $('error').hidden = !text;
}
$('form').addEventListener('submit', async (e) => {
  e.preventDefault();
  say('');
  $('go').disabled = true;
  try {
    const r = await fetch('api/login', {
      method: 'POST', headers: { 'Content-Type': 'application/json', 'X-Firepost': '1' },
      body: JSON.stringify({ Name: $('name').value.trim(), Password: $('password').value }),
    });
    const text = (await r.json()).error || '';
    if (r.ok) return location.replace(next());
    $('password').value = '';
    if (r.status === 401) say('姓名或密码不对 Name or password is wrong');
    else if (r.status === 429) say('尝试过多，请稍候 Too many attempts: ' + text);
    else say('无法登录 Can’t log in: ' + text);
  } catch {
    say('驿站没有应答 The booth does not answer');
  } finally {
    $('go').disabled = false;
  }
});
look().catch(() => say('驿站没有应答 The booth does not answer'));
