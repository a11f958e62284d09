// What the dashboard's server is asked for.

export async function ask(path, parameters = {}, signal) {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) if (value) query.set(name, value);
  const answer = await fetch(`api/${path}${query.size ? `?${query}` : ''}`, { signal, credentials: 'same-origin' });
  if (answer.status === 401) location.reload(); // the token has changed
  if (!answer.ok) throw new Error((await answer.text()).trim());
  return answer.json();
}

const sums = (deltas) => { let sum = 0; return deltas.map((d) => sum += d); };

export async function series(filter, points, signal) {
  const s = await ask('series', { ...filter, points }, signal);
  for (const name of ['times', 'ids', 'observed', 'wanted', 'failures', 'probe', 'verdicts', 'reasons', 'chosen']) s[name] ??= [];
  s.times = sums(s.times);
  s.ids = sums(s.ids);
  s.seconds = s.times.map((t) => t / 1000); // as uPlot has them
  s.names.verdicts ??= [];
  s.names.reasons ??= [];
  return s;
}

// follow calls told with each message of the server, and tells whether it is connected.
export function follow(told, connected) {
  const source = new EventSource('api/events');
  source.onmessage = (event) => { connected(true); told(JSON.parse(event.data)); };
  source.onerror = () => {
    connected(false);
    if (source.readyState === EventSource.CLOSED) setTimeout(() => follow(told, connected), 5000);
  };
}
