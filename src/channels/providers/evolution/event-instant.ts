/** Every time zone is some quarter hours away from UTC. */
const QUARTER_HOUR_MS = 15 * 60_000;

/**
 * When an event was sent. Evolution writes the time of its own zone with the "Z" of UTC, in São Paulo by three hours too
 * early and in Mexico by six, and says nowhere which zone it is. What is more than half a quarter hour away from now is
 * therefore taken to be so by whole quarter hours: exact for what comes within minutes, and near the time at which it
 * was heard for what comes later.
 */
export function eventInstant(dateTime: unknown, nowMs: number): Date {
  const saidMs = typeof dateTime === 'string' ? Date.parse(dateTime) : NaN;
  if (Number.isNaN(saidMs)) return new Date(nowMs);
  const zoneMs = Math.round((nowMs - saidMs) / QUARTER_HOUR_MS) * QUARTER_HOUR_MS;
  return new Date(Math.min(saidMs + zoneMs, nowMs));
}
