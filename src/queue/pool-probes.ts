/** A channel whose breaker lets one message through is given one for so long, and again after a while. */
const GIVEN_MS = 15_000;
const AGAIN_MS = 45_000;

/** When channels get messages to try themselves on: not for ever, for these messages wait while they do. */
export class PoolProbes {
  private sinceMs = new Map<string, number>();

  /** Which channels wait for a probe now. */
  note(waiting: ReadonlySet<string>, nowMs: number): void {
    this.sinceMs = new Map([...waiting].map((id) => [id, this.sinceMs.get(id) ?? nowMs]));
  }

  wants(channelId: string, nowMs: number): boolean {
    const sinceMs = this.sinceMs.get(channelId);
    return sinceMs !== undefined && (nowMs - sinceMs) % AGAIN_MS < GIVEN_MS;
  }
}
