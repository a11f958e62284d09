// The charts: replicas, each target with its interval and limit, and failures. They are drawn by uPlot; what they show is also
// there as tables, and the arrow keys walk over their points.
/* global uPlot */
import { make } from './dom.js';
import * as format from './format.js';

const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
const top = (lists) => lists.reduce((most, list) => list.reduce((m, v) => v > m ? v : m, most), 0);
const whole = (v) => v == null ? '–' : String(v);

// describe is what the charts are made of: lines with their values, and what to do with them.
function describe(s, filtered) {
  const replicas = {
    key: 'replicas', title: 'Replicas', show: whole, least: 4,
    lines: [
      { label: 'there were', values: s.observed, colour: 'observed', fill: 'observed-fill', step: true },
      { label: 'wanted', values: s.wanted, colour: 'wanted', step: true, width: 2 },
    ],
  };
  if (filtered) {
    replicas.lines.push({ label: 'those chosen', values: s.wanted.map((v, i) => s.chosen[i] ? v : null), colour: 'chosen', dots: true });
  }
  const targets = s.targets.map((t, i) => ({
    key: `target-${i}`, title: t.name, show: (v) => format.quantity(v, t.share),
    limit: t.limit.findLast((v) => v != null), share: t.share, band: [3, 2],
    lines: [
      { label: 'measured', values: t.value, colour: 'value', width: 2 },
      { label: 'interval from', values: t.low, colour: 'band', bare: true },
      { label: 'to', values: t.high, colour: 'band', bare: true },
      { label: 'limit', values: t.limit, colour: 'limit', step: true, dash: [6, 4] },
      { label: 'failed', values: atTop(t), colour: 'bad', dots: true, show: (v) => v == null ? 'no' : 'yes' },
    ],
  }));
  const failures = {
    key: 'failures', title: 'Requests that failed', show: (v) => format.quantity(v, true), least: 0.05,
    lines: [{ label: 'share', values: s.failures, colour: 'bad', fill: 'bad-back', width: 2 }],
  };
  return [replicas, ...targets, failures];
}

// atTop puts what falls on a failed request, which is slower than any limit, at the top of its chart.
function atTop(t) {
  const most = top([t.value, t.limit]);
  return t.failed.map((failed) => failed ? most : null);
}

// Charts are those of the page, below one element.
export class Charts {
  constructor(root, { select, open, said }) {
    Object.assign(this, { root, select, open, said, all: [], shape: '' });
    new ResizeObserver(() => this.resize()).observe(root);
    addEventListener('theme', () => { this.shape = ''; if (this.series) this.show(this.series, this.view); });
  }

  // show draws a series. view has from and to in milliseconds, and whether a filter is set.
  show(series, view) {
    Object.assign(this, { series, view });
    const specs = describe(series, view.filtered);
    const shape = JSON.stringify(specs.map((spec) => [spec.title, spec.lines.length]));
    if (shape !== this.shape) this.build(specs);
    this.shape = shape;
    this.all.forEach((chart, i) => this.fill(chart, specs[i]));
  }

  build(specs) {
    for (const chart of this.all) chart.plot.destroy();
    const opened = new Set(this.all.filter((c) => c.table.open).map((c) => c.spec.key));
    this.all = specs.map((spec) => this.make(spec, opened.has(spec.key)));
    this.root.replaceChildren(...this.all.map((chart) => chart.figure));
    this.resize();
  }

  make(spec, open) {
    const chart = { spec };
    chart.about = make('span', { class: 'small' });
    chart.nothing = make('p', { class: 'nothing' }, 'no decision in this time');
    chart.place = make('div', { class: 'plot', tabindex: 0, role: 'application', 'aria-roledescription': 'chart' }, chart.nothing);
    chart.body = make('div', { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': `${spec.title}, the latest points first` });
    chart.table = make('details', { open }, make('summary', {}, 'as a table'), chart.body);
    chart.table.addEventListener('toggle', () => this.fillTable(chart));
    chart.figure = make('figure', { id: `chart-${spec.key}` }, make('figcaption', {}, make('h2', {}, spec.title), chart.about), chart.place, chart.table);
    chart.plot = new uPlot(this.options(chart), spec.lines.reduce((data) => [...data, []], [[]]), chart.place);
    chart.plot.over.addEventListener('click', () => this.clicked(chart.plot));
    chart.place.addEventListener('keydown', (event) => this.walk(chart, event));
    return chart;
  }

  options(chart) {
    const { spec } = chart;
    const axis = { stroke: colour('soft'), grid: { stroke: colour('grid'), width: 1 }, ticks: { stroke: colour('grid'), width: 1 }, font: '12px system-ui, sans-serif' };
    return {
      width: this.width(), height: this.height(),
      cursor: { sync: { key: 'lpa' }, drag: { x: true, y: false, setScale: false } },
      scales: { x: { time: true, range: (u, least, most) => this.times(least, most) }, y: { range: (u, least, most) => [0, this.highest(chart, most)] } },
      axes: [{ ...axis, space: 90, values: (u, ticks, _a, _s, step) => format.ticks(ticks, step) }, { ...axis, size: 64, values: (u, ticks) => ticks.map((v) => spec.key === 'replicas' && v % 1 ? '' : v === 0 ? '0' : spec.show(v)) }],
      bands: spec.band ? [{ series: spec.band, fill: colour('band') }] : [],
      series: [{ label: 'time', value: (u, v) => v == null ? '–' : format.moment(v * 1000) }, ...spec.lines.map((line) => this.line(spec, line))],
      hooks: { setSelect: [(u) => this.selected(u)], draw: [(u) => this.drawUntrusted(u)], setCursor: [(u) => this.latest(u)] },
    };
  }

  line(spec, line) {
    return {
      label: line.label, stroke: line.bare ? 'transparent' : colour(line.colour), width: line.dots ? 0 : line.width || 1.5,
      fill: line.fill && colour(line.fill), dash: line.dash,
      paths: line.step ? uPlot.paths.stepped({ align: 1 }) : line.dots ? () => null : undefined,
      points: line.dots ? { show: true, size: 8, fill: colour(line.colour), stroke: colour('card') } : { show: (u) => !line.bare && !line.step && u.data[0].length < 40 },
      value: (u, v) => (line.show || spec.show)(v),
    };
  }

  fill(chart, spec) {
    chart.spec = spec;
    chart.plot.setData([this.series.seconds, ...spec.lines.map((line) => line.values)]);
    this.latest(chart.plot);
    const last = spec.lines[0].values.findLast((v) => v != null);
    chart.about.textContent = spec.limit == null ? '' : `at most ${spec.show(spec.limit)}`;
    chart.place.setAttribute('aria-label', `${spec.title}: ${this.series.seconds.length} points, the latest ${spec.show(last)}` +
      `${spec.limit == null ? '' : `, limit ${spec.show(spec.limit)}`}. Arrow keys walk over them, Enter opens the decision.`);
    chart.nothing.hidden = this.series.seconds.length > 0;
    this.fillTable(chart);
  }

  // fillTable writes the latest points, where the table is open.
  fillTable(chart) {
    if (!chart.table.open) return;
    const { seconds, names, verdicts } = this.series;
    const head = make('tr', {}, ...['time', ...chart.spec.lines.map((l) => l.label), 'verdict'].map((text) => make('th', { scope: 'col' }, text)));
    const rows = [];
    for (let i = seconds.length - 1; i >= 0 && rows.length < 200; i--) {
      rows.push(make('tr', {}, make('th', { scope: 'row' }, format.moment(seconds[i] * 1000)),
        ...chart.spec.lines.map((line) => make('td', {}, (line.show || chart.spec.show)(line.values[i]))), make('td', {}, names.verdicts[verdicts[i]])));
    }
    chart.body.replaceChildren(make('table', { class: 'data' }, make('thead', {}, head), make('tbody', {}, ...rows)));
  }

  // latest lets the legend show the latest point while none is pointed at.
  latest(u) {
    if (u.cursor.idx == null || u.cursor.left < 0) u.setLegend({ idx: u.data[0].length - 1 }, false);
  }

  // drawUntrusted marks at the bottom where a measurement could not be trusted.
  drawUntrusted(u) {
    const s = this.series;
    if (!s) return;
    u.ctx.save();
    u.ctx.fillStyle = colour('warn');
    s.seconds.forEach((second, i) => {
      if (s.names.verdicts[s.verdicts[i]] === 'ok') return;
      u.ctx.fillRect(u.valToPos(second, 'x', true) - devicePixelRatio, u.bbox.top + u.bbox.height - 7 * devicePixelRatio, 2 * devicePixelRatio, 7 * devicePixelRatio);
    });
    u.ctx.restore();
  }

  times(least, most) {
    const from = this.view?.from ? this.view.from / 1000 : least ?? 0;
    const to = this.view?.to ? this.view.to / 1000 : most ?? 1;
    return to - from < 1 ? [from - 30, to + 30] : [from, to];
  }

  highest(chart, most) {
    return Math.max((most ?? 0) * 1.1, (chart.spec.limit ?? 0) * 1.15, chart.spec.least ?? 0) || 1;
  }

  selected(u) {
    if (u.select.width < 4) return;
    const [from, to] = [u.select.left, u.select.left + u.select.width].map((x) => Math.round(u.posToVal(x, 'x') * 1000));
    u.setSelect({ left: 0, width: 0, top: 0, height: 0 }, false);
    this.select(from, to);
  }

  clicked(u) {
    if (u.cursor.idx != null && u.cursor.left >= 0) this.open(this.series.ids[u.cursor.idx]);
  }

  walk(chart, event) {
    const last = this.series.seconds.length - 1;
    const steps = { ArrowLeft: -1, ArrowRight: 1, PageUp: -10, PageDown: 10, Home: -Infinity, End: Infinity };
    if (last < 0) return;
    if (event.key === 'Enter' && chart.at != null) return this.open(this.series.ids[chart.at]);
    if (!(event.key in steps)) return;
    event.preventDefault();
    chart.at = Math.min(Math.max((chart.at ?? last + 1) + steps[event.key], 0), last);
    chart.plot.setCursor({ left: chart.plot.valToPos(this.series.seconds[chart.at], 'x'), top: 20 });
    this.said(`${format.moment(this.series.times[chart.at])}: ` + chart.spec.lines.filter((l) => l.values[chart.at] != null)
      .map((l) => `${l.label} ${(l.show || chart.spec.show)(l.values[chart.at])}`).join(', '));
  }

  width() { return Math.max(160, (this.all[0]?.place.clientWidth || this.root.clientWidth - 34)); }
  height() { return innerWidth < 760 ? 180 : 210; }

  resize() {
    const size = { width: this.width(), height: this.height() };
    for (const { plot } of this.all) if (plot.width !== size.width || plot.height !== size.height) plot.setSize(size);
  }
}
