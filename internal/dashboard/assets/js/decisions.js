// The list of decisions, the latest one first. Each is a button that shows its arithmetic.
import { ask } from './api.js';
import { $, make } from './dom.js';
import * as format from './format.js';

const page = 50;
const spare = 450; // rows that may come to those that were asked for

export class Decisions {
  constructor() {
    this.rows = new Map(); // by number
    this.filter = {};
    this.pinned = false; // the list is about an older time, and is left alone
    this.asked = page; // rows that somebody asked for
    this.turn = Promise.resolve();
    $('more').addEventListener('click', () => this.after(() => this.older()));
    $('latest').addEventListener('click', () => this.after(() => { this.pin(false); this.rows.clear(); return this.list(this.filter); }));
  }

  // after does one thing after the other: what is asked for must not come between the question and the answer of something else.
  after(task) {
    const mine = this.turn.then(task);
    this.turn = mine.catch(() => {});
    return mine;
  }

  show(filter, signal) { return this.after(() => this.list(filter, signal)); }
  open(id) { return this.after(() => this.find(id)); }

  // list shows the decisions of a filter anew, or adds what has come to those that are there. It returns what was added.
  async list(filter, signal) {
    const same = JSON.stringify(filter) === JSON.stringify(this.filter);
    if (same && this.pinned) return [];
    this.pin(false);
    const answer = await ask('decisions', { ...filter, limit: page }, signal);
    const known = same && answer.decisions.some((d) => this.rows.has(d.id));
    if (!known) {
      this.filter = filter;
      this.asked = page;
      this.rows.clear();
      $('list').replaceChildren();
      $('more').hidden = !answer.more;
    }
    const fresh = answer.decisions.filter((d) => !this.rows.has(d.id));
    $('list').prepend(...fresh.map((d) => this.item(d)));
    this.trim();
    return known ? fresh : [];
  }

  // trim lets the oldest rows go, so that a page that is open for weeks does not grow; they can be asked for again.
  trim() {
    while (this.rows.size > this.asked + spare) {
      const last = $('list').lastElementChild;
      this.rows.delete(Number(last.dataset.id));
      last.remove();
      $('more').hidden = false;
    }
  }

  pin(pinned) {
    this.pinned = pinned;
    $('latest').hidden = !pinned;
  }

  async older() {
    const oldest = Math.min(...this.rows.keys());
    const first = $('list').lastElementChild;
    const answer = await ask('decisions', { ...this.filter, before: oldest, limit: page });
    $('list').append(...answer.decisions.map((d) => this.item(d)));
    $('more').hidden = !answer.more;
    this.asked = this.rows.size;
    first?.nextElementSibling?.querySelector('button').focus();
  }

  item(d) {
    const button = make('button', { type: 'button', class: 'row', 'aria-expanded': 'false', 'aria-controls': `detail-${d.id}` },
      make('span', { class: 'when' }, format.moment(d.time)),
      make('span', { class: `change ${format.direction(d.current, d.desired)}` }, format.change(d.current, d.desired)),
      make('span', { class: `why ${d.verdict === 'ok' ? '' : 'warn'}` }, d.verdict === 'ok' ? d.reason : `${d.reason} (${d.verdict})`),
      make('span', { class: 'said' }, d.gone ? 'its record is no longer in the log' : d.text));
    const detail = make('div', { class: 'detail', id: `detail-${d.id}`, role: 'region', 'aria-label': `Decision of ${format.moment(d.time)}`, hidden: true });
    const item = make('li', { 'data-id': d.id }, button, detail);
    button.addEventListener('click', () => this.toggle(d.id));
    this.rows.set(d.id, { item, button, detail });
    return item;
  }

  async toggle(id, open) {
    const row = this.rows.get(id);
    const opens = open ?? row.detail.hidden;
    row.button.setAttribute('aria-expanded', String(opens));
    row.detail.hidden = !opens;
    if (!opens || row.loaded) return;
    try {
      row.detail.replaceChildren(...contents(await ask(`decisions/${id}`)));
      row.loaded = true;
    } catch (error) {
      row.detail.replaceChildren(make('p', { class: 'note' }, error.message));
    }
  }

  // find opens one decision, which may not be in the list yet: then the list begins with it. It returns false where the filter
  // leaves the decision out.
  async find(id) {
    if (!this.rows.has(id)) {
      const answer = await ask('decisions', { ...this.filter, before: id + 1, limit: page });
      if (answer.decisions[0]?.id !== id) return false;
      this.rows.clear();
      this.pin(true);
      $('list').replaceChildren(...answer.decisions.map((d) => this.item(d)));
      $('more').hidden = !answer.more;
    }
    await this.toggle(id, true);
    const { button } = this.rows.get(id);
    button.focus({ preventScroll: true });
    button.scrollIntoView({ block: 'center' });
    return true;
  }
}

// contents are what there is behind a decision.
function contents(d) {
  const facts = [`replicas ${d.current}${d.ready == null ? '' : `, ${d.ready} ready`}`, `bounds ${d.minReplicas} to ${d.maxReplicas || 'any'}`, `policy ${d.policy}`, `mode ${d.mode}`, `answer ${d.answer}`];
  const shown = [make('p', { class: 'small' }, facts.join(' · '))];
  for (const note of d.notes || []) shown.push(make('p', { class: 'note' }, note));
  if (d.readings.length) shown.push(readings(d.readings));
  if (d.wouldChange) shown.push(make('h3', {}, 'what would change it'), make('ul', { class: 'changes' }, ...d.wouldChange.map((text) => make('li', {}, text))));
  let steps;
  let target;
  for (const step of d.steps) {
    if (!steps || (step.target || '') !== target) {
      target = step.target || '';
      steps = make('dl', { class: 'steps' });
      shown.push(make('h3', {}, target || 'answer'), steps);
    }
    steps.append(make('dt', {}, step.name), make('dd', {}, step.text));
  }
  return shown;
}

function readings(all) {
  const head = make('tr', {}, ...['target', 'measured', '90 % interval', 'limit', 'samples'].map((text) => make('th', { scope: 'col' }, text)));
  const rows = all.map((r) => make('tr', {},
    make('th', { scope: 'row', class: 'wrap' }, r.target),
    make('td', { class: over(r) ? 'bad' : '' }, r.failed ? 'failed' : (r.atLeast ? '> ' : '') + format.quantity(r.value, r.share)),
    make('td', {}, r.low == null && r.high == null ? '–' : `${format.quantity(r.low, r.share)} to ${format.quantity(r.high, r.share)}`),
    make('td', {}, format.quantity(r.limit, r.share)), make('td', {}, String(r.samples))));
  return make('div', { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': 'What was measured' }, make('table', { class: 'data' }, make('thead', {}, head), make('tbody', {}, ...rows)));
}

const over = (r) => r.failed || r.value != null && r.value > r.limit;
