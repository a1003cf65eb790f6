import CircuitBreaker from 'opossum';
import type { OutboundMessage, ProviderClient } from '../channels/providers/provider.js';
import type { SendOutcome } from '../channels/providers/send-outcome.js';

/** Later than any process lives: opossum must not half-open by itself, the shared state says when. */
const NEVER_MS = 2_147_483_647;

/**
 * The switch that every call of one channel goes through in this process. opossum would count a share of calls in a
 * window, per process; the shared state counts failures in a row over all of them, and throws this switch.
 */
export class BreakerSwitch {
  private readonly breaker: CircuitBreaker<[OutboundMessage, number], SendOutcome>;

  constructor(name: string, clientNow: () => ProviderClient) {
    this.breaker = new CircuitBreaker(
      (message: OutboundMessage, deadlineMs: number) => clientNow().send(message, deadlineMs),
      {
        name,
        // A time-out here would not stop the call; the driver has a total deadline of its own.
        timeout: false,
        errorThresholdPercentage: 100,
        volumeThreshold: Number.MAX_SAFE_INTEGER,
        resetTimeout: NEVER_MS,
        rollingPercentilesEnabled: false,
        rollingCountTimeout: 10_000,
        rollingCountBuckets: 1,
        capacity: Number.MAX_SAFE_INTEGER,
      },
    );
  }

  /** Calls the provider, or says without a call that the breaker is open. */
  async send(message: OutboundMessage, deadlineMs: number): Promise<SendOutcome> {
    try {
      return await this.breaker.fire(message, deadlineMs);
    } catch (error) {
      if (CircuitBreaker.isOurError(error as Error)) {
        return {
          kind: 'unavailable',
          code: 'breaker_open',
          reason: 'The breaker was open: not sent.',
          speaksOfHealth: false,
        };
      }
      throw error;
    }
  }

  throwTo(state: 'open' | 'closed'): void {
    if (state === 'open') this.breaker.open();
    else if (this.breaker.opened) this.breaker.close();
  }

  end(): void {
    this.breaker.shutdown();
  }
}
