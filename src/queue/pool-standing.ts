export type Standing = 'able' | 'stuck' | 'unclear';

interface Seen {
  standing: Standing;
  isObstructed: boolean;
  sinceMs: number;
}

/**
 * Whether a channel counts as one that sends. An obstacle that lasts no longer than the grace moves nothing; a channel
 * that was stuck must have been free for as long before it gets work again. What this process knows of it begins when
 * it looked first.
 */
export class PoolStandings {
  private readonly seen = new Map<string, Seen>();

  constructor(private readonly graceMs: number) {}

  /** What was seen of these channels now; whoever is not among them is forgotten. */
  note(obstructed: ReadonlyMap<string, boolean>, nowMs: number): void {
    for (const id of this.seen.keys()) if (!obstructed.has(id)) this.seen.delete(id);
    for (const [id, isObstructed] of obstructed) this.seen.set(id, this.next(id, isObstructed, nowMs));
  }

  of(channelId: string): Standing {
    return this.seen.get(channelId)?.standing ?? 'unclear';
  }

  private next(channelId: string, isObstructed: boolean, nowMs: number): Seen {
    const before = this.seen.get(channelId);
    if (before === undefined) {
      return { standing: isObstructed ? 'unclear' : 'able', isObstructed, sinceMs: nowMs };
    }
    const sinceMs = before.isObstructed === isObstructed ? before.sinceMs : nowMs;
    const isLong = nowMs - sinceMs >= this.graceMs;
    return { standing: nextStanding(before.standing, isObstructed, isLong), isObstructed, sinceMs };
  }
}

function nextStanding(standing: Standing, isObstructed: boolean, isLong: boolean): Standing {
  if (isObstructed) return isLong || standing === 'stuck' ? 'stuck' : 'unclear';
  return isLong || standing !== 'stuck' ? 'able' : 'stuck';
}
