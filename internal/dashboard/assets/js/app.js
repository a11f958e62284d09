// The page: what is chosen, what is shown of it, and how it follows the log.
import { ask, follow, series } from './api.js';
import { Charts } from './charts.js';
import { Decisions } from './decisions.js';
import { $, make, write } from './dom.js';
import * as format from './format.js';

const decisions = new Decisions();
const charts = new Charts($('charts'), {
  select: (from, to) => { choose(from, to); refresh(); },
  open: (id) => decisions.open(id),
  said: (text) => write('news', text),
});
let overview = { decisions: 0 };
let connected = false;
let running; // the refresh that is under way
let wanted; // the decision that the next refresh opens; undefined for none
let since = 0; // where a time that moves on began when it was chosen: the list is not cut off while somebody reads it

// chosen is what the controls say, in the words of the server.
function chosen() {
  const range = Number(new FormData($('controls')).get('range'));
  const at = (id) => { const ms = Date.parse($(id).value); return Number.isNaN(ms) ? 0 : ms; };
  const filter = range ? { from: Date.now() - range, to: 0 } : { from: at('from'), to: at('to') };
  const reason = $('reason').value;
  return { ...filter, reason: reason === '*' ? '' : reason, changes: reason === '*' ? 1 : 0 };
}

// choose sets a time by hand.
function choose(from, to) {
  $('controls').elements.range.value = '0';
  $('from').value = format.input(from);
  $('to').value = format.input(to + 999); // the field has whole seconds
}

// refresh asks for all that is shown. A newer one takes the place of one that is under way.
async function refresh() {
  running?.abort();
  const mine = running = new AbortController();
  const filter = chosen();
  const opens = wanted; // set together with the filter that shows it
  const rolling = Number(new FormData($('controls')).get('range')) > 0;
  const points = Math.min(1500, Math.max(300, Math.round(innerWidth * 1.2)));
  try {
    const [now, drawn] = await Promise.all([ask('overview', {}, mine.signal), series(filter, points, mine.signal)]);
    overview = now;
    showNow();
    showReasons(drawn);
    charts.show(drawn, { from: filter.from, to: rolling ? Date.now() : filter.to, filtered: Boolean(filter.reason || filter.changes) });
    showCount(drawn);
    const fresh = await decisions.show(rolling ? { ...filter, from: since } : filter, mine.signal);
    announce(fresh);
    if (opens !== undefined) {
      wanted = undefined;
      await decisions.open(opens);
    }
    Object.assign(document.documentElement.dataset, { ready: now.last, after: Math.round(performance.now()) });
  } catch (error) {
    if (error.name !== 'AbortError') showProblem(error.message);
  }
}

function showNow() {
  const { latest } = overview;
  showProblem(overview.problem || (overview.reading || latest ? '' : 'the decision log is empty'), latest ? '' : overview.log);
  showConnection();
  write('foot', `${format.count(overview.decisions, 'decision')} in the log` +
    (overview.forgotten ? `, the oldest ${overview.forgotten.toLocaleString('en')} are no longer kept here` : '') +
    (overview.damaged ? `, ${format.count(overview.damaged, 'line')} of it no record` : '') +
    `. Times are in ${Intl.DateTimeFormat().resolvedOptions().timeZone}. lpa ${overview.version}`);
  if (!latest) return;
  document.title = `${format.change(latest.current, latest.desired)} · Latency Pod Autoscaler`;
  write('resource', latest.resource || '');
  write('now-replicas', latest.current === latest.desired ? String(latest.current) : format.change(latest.current, latest.desired), `big ${format.direction(latest.current, latest.desired)}`);
  write('now-bounds', `${latest.minReplicas} to ${latest.maxReplicas || 'any'}` + (latest.mode === 'observe' ? ', only observing' : ''));
  write('now-reason', latest.reason, 'big word');
  write('now-verdict', latest.verdict === 'ok' ? 'trusted' : latest.verdict, `big word ${latest.verdict === 'ok' ? 'good' : 'warn'}`);
  showTargets(latest.readings);
  write('now-probe', overview.probe == null ? '–' : format.number(overview.probe));
  write('now-text', latest.text);
  showAge();
}

// showTargets says what was measured of each target, of the first ones if there are many.
function showTargets(readings) {
  const most = 4;
  const lines = readings.slice(0, most).map((r) => make('span', { title: r.target }, make('span', { class: 'cut' }, r.target),
    ` ${r.failed ? 'failed' : format.quantity(r.value, r.share)} of ${format.quantity(r.limit, r.share)}`.replaceAll(' ', '\u00a0')));
  if (readings.length > most) lines.push(make('span', {}, `and ${readings.length - most} more`));
  $('now-targets').replaceChildren(...lines);
}

function showAge() {
  if (!overview.latest) return;
  const age = Date.now() - overview.latest.time;
  const stale = age > overview.staleAfter;
  write('now-age', format.ago(age) + (stale ? ': longer than usual' : ''), stale ? 'small warn' : 'small');
  showChange();
}

// showChange leads from the latest decision, which is a hold most often, to the last one that changed the replicas.
function showChange() {
  const { change, latest } = overview;
  $('now-change').hidden = !change;
  if (!change) return;
  write('now-change', `last change${latest.mode === 'observe' ? ' asked for' : ''} ${format.change(change.current, change.desired)}, ${format.ago(Date.now() - change.time)}`);
  $('now-change').title = `${format.moment(change.time)}: shows why`;
}

// openAnyway opens a decision, and shows all decisions where what is chosen leaves it out.
async function openAnyway(id) {
  try {
    if (await decisions.open(id)) return;
    wanted = id;
    $('reset').click();
  } catch (error) {
    showProblem(error.message);
  }
}

function showConnection() {
  const text = !connected ? 'connecting' : overview.reading ? 'reading the log' : overview.problem ? 'waiting' : 'live';
  write('connection', text, `pill ${text === 'live' ? 'live' : ''}`);
}

// showProblem says what is wrong. Where nothing was decided yet, it says where that would be seen.
function showProblem(text, log) {
  $('problem').hidden = !text;
  write('problem', text ? `${text[0].toUpperCase()}${text.slice(1)}.` +
    (log ? ` Looked for at ${log}: the autoscaler writes it with its first decision, unless decisionLog is off or names another file.` : '') : '');
}

// showReasons keeps what is chosen, and says how many there are of each.
function showReasons(s) {
  const select = $('reason');
  const entries = [['', `all (${s.count.toLocaleString('en')})`], ['*', `changes (${s.changes.toLocaleString('en')})`],
    ...Object.entries(s.counts).sort((a, b) => b[1] - a[1]).map(([reason, n]) => [reason, `${reason} (${n.toLocaleString('en')})`])];
  const value = select.value;
  if (value && !entries.some(([v]) => v === value)) entries.push([value, `${value} (0)`]);
  const state = JSON.stringify(entries);
  if (select.dataset.state === state || document.activeElement === select && select.options.length > 1) return;
  select.dataset.state = state;
  select.replaceChildren(...entries.map(([v, text]) => make('option', { value: v }, text)));
  select.value = value;
}

function showCount(s) {
  write('decisions-count', s.matches === s.count ? format.count(s.count, 'decision') : `${s.matches.toLocaleString('en')} of ${format.count(s.count, 'decision')}`);
  $('untrusted').hidden = !s.verdicts.some((v) => s.names.verdicts[v] !== 'ok');
  $('thinned').hidden = !s.thinned;
  write('thinned', `${format.count(s.times.length, 'point')} of ${format.count(s.count, 'decision')} are drawn: the lowest and the highest of each stretch. A narrower time shows more; drag over a chart to choose one.`, 'small');
}

function announce(fresh) {
  if (fresh.length === 0) return;
  const d = fresh[0];
  write('news', `New decision: ${format.change(d.current, d.desired)}, ${d.reason}. ${d.text || ''}`);
}

const controls = $('controls');
controls.addEventListener('submit', (event) => event.preventDefault());
controls.addEventListener('reset', () => setTimeout(refresh));
controls.addEventListener('change', (event) => {
  if (event.target.name === 'range') {
    $('from').value = $('to').value = '';
    since = chosen().from;
  }
  if (event.target.type === 'datetime-local') controls.elements.range.value = '0';
  refresh();
});
$('now-change').addEventListener('click', () => openAnyway(overview.change.id));
$('theme').addEventListener('click', () => window.changeTheme());
setInterval(showAge, 1000);

let busy = false;
let again = false;

// news refreshes what is shown; what comes meanwhile is shown together, a moment later.
async function news() {
  again = true;
  if (busy) return;
  busy = true;
  while (again) {
    again = false;
    await refresh();
    await new Promise((go) => setTimeout(go, 250));
  }
  busy = false;
}

follow(news, (now) => { connected = now; showConnection(); });
news();
