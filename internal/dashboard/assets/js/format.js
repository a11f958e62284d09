// How values are put for people: the same words as those of the programs.

const digits = (value) => value.toFixed(value < 9.995 ? 2 : value < 99.95 ? 1 : 0).replace(/(\.\d*?)0+$/, '$1').replace(/\.$/, '');

export function latency(ms) {
  if (ms < 0.9995) return `${digits(ms * 1000)} µs`;
  if (ms < 999.5) return `${digits(ms)} ms`;
  return `${digits(ms / 1000)} s`;
}

export function share(value) {
  const percent = value * 100;
  if (percent === 0) return '0 %';
  return percent < 0.01 ? '< 0.01 %' : `${digits(Math.min(percent, 100))} %`;
}

export const number = (value) => digits(value);
export const quantity = (value, isShare) => value == null ? '–' : isShare ? share(value) : latency(value);
export const change = (from, to) => from === to ? `hold ${from}` : `${from} → ${to}`;
export const direction = (from, to) => to > from ? 'up' : to < from ? 'down' : '';
export const count = (n, noun) => `${n.toLocaleString('en')} ${noun}${n === 1 ? '' : 's'}`;

const two = (n) => String(n).padStart(2, '0');
const clock = (d) => `${two(d.getHours())}:${two(d.getMinutes())}:${two(d.getSeconds())}`;
const day = (d) => `${d.getFullYear()}-${two(d.getMonth() + 1)}-${two(d.getDate())}`;

export const moment = (ms) => { const d = new Date(ms); return `${day(d)} ${clock(d)}`; };
export const input = (ms) => { const d = new Date(ms); return `${day(d)}T${clock(d)}`; };

export function ago(ms) {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 90) return `${seconds} s ago`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min ago`;
  if (seconds < 129600) return `${Math.round(seconds / 3600)} h ago`;
  return `${Math.round(seconds / 86400)} days ago`;
}

// ticks are the marks of a time axis; step is the seconds between two of them. A new day is said below.
export function ticks(seconds, step) {
  let before = '';
  return seconds.map((second) => {
    const d = new Date(second * 1000);
    const date = day(d).slice(5);
    const text = step >= 86400 ? date : step >= 60 ? clock(d).slice(0, 5) : clock(d);
    const changed = date !== before && step < 86400;
    before = date;
    return changed ? `${text}\n${date}` : text;
  });
}
