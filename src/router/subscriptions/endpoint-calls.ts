import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { HttpCalls } from '../../channels/providers/http/http-calls.js';
import type { HttpHeaders } from '../../channels/providers/http/http-result.js';
import { Clock } from '../../common/clock.js';
import { Config } from '../../config/config.js';
import type { Answer } from './delivery.js';
import { EndpointAddresses } from './endpoint-addresses.js';
import { signedHeaders } from './standard-webhooks.js';

/** A signed body for an endpoint. */
export interface EndpointCall {
  readonly url: URL;
  readonly id: string;
  readonly body: string;
  readonly secrets: readonly string[];
  /** Gives the call up when it fires. */
  readonly signal: AbortSignal;
}

/** Of one process to one host, whatever the number of subscriptions that lead there. */
const MOST_OPEN_CALLS = 64;
const MOST_HOSTS = 200;
const KEPT_OF_ANSWER = 500;
const LONGEST_RETRY_AFTER_MS = 3_600_000;

/** Posts to endpoints: no redirect is followed, the deadline is total, and no answer is read past a megabyte. */
@Injectable()
export class EndpointCalls implements OnApplicationShutdown {
  /** By origin, the one used last at the end. */
  private readonly hosts = new Map<string, HttpCalls>();

  constructor(
    private readonly addresses: EndpointAddresses,
    private readonly clock: Clock,
    private readonly config: Config,
  ) {}

  async post({ url, id, body, secrets, signal }: EndpointCall): Promise<Answer> {
    const beganMs = performance.now();
    const signed = signedHeaders({ id, atMs: this.clock.nowMs(), body }, secrets);
    const headers = ['content-type', 'application/json', 'user-agent', `Caudal/${this.config.version}`];
    const result = await this.callsTo(url.origin).call(
      { method: 'POST', path: url.pathname + url.search, headers: [...headers, ...signed], body },
      this.config.deliveries.timeoutMs,
      signal,
    );
    const ms = Math.round(performance.now() - beganMs);
    if (result.kind === 'failure') return { kind: 'lost', code: result.fault.code, ms };
    const { status } = result;
    // Postgres takes no NUL in a text.
    const text = result.body.slice(0, KEPT_OF_ANSWER).replaceAll('\0', '');
    if (status >= 200 && status < 300) return { kind: 'taken', status, ms, text };
    return { kind: 'refused', status, ms, text, retryAfterMs: this.retryAfterMs(result.headers) };
  }

  async onApplicationShutdown(): Promise<void> {
    await Promise.all([...this.hosts.values()].map((calls) => calls.close()));
  }

  private callsTo(origin: string): HttpCalls {
    const calls =
      this.hosts.get(origin) ??
      new HttpCalls({ origin, maxOpenCalls: MOST_OPEN_CALLS, gate: this.addresses });
    this.hosts.delete(origin);
    this.hosts.set(origin, calls);
    if (this.hosts.size > MOST_HOSTS) this.closeOldest();
    return calls;
  }

  private closeOldest(): void {
    const [oldest] = this.hosts;
    if (oldest === undefined) return;
    const [origin, calls] = oldest;
    this.hosts.delete(origin);
    void calls.close();
  }

  /** Seconds or a date; anything else says nothing. */
  private retryAfterMs(headers: HttpHeaders): number | null {
    const value = headers['retry-after'];
    if (typeof value !== 'string') return null;
    const ms = /^\d+$/.test(value.trim()) ? Number(value) * 1000 : Date.parse(value) - this.clock.nowMs();
    return ms > 0 ? Math.min(ms, LONGEST_RETRY_AFTER_MS) : null;
  }
}
