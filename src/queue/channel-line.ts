import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { ChannelClients, type ChannelLineInfo } from '../channels/channel-clients.js';
import type { ChannelHealth, OutboundMessage, ProviderClient } from '../channels/providers/provider.js';
import type { RestartAnswer } from '../channels/providers/provider-answers.js';
import type { SendOutcome } from '../channels/providers/send-outcome.js';
import { Config } from '../config/config.js';
import { BreakerSwitch } from './breaker-switch.js';
import { CallSlots } from './call-slots.js';
import { SharedBreaker } from './shared-breaker.js';

/** By then a hold that was written is known to every turn. */
const HOLD_KNOWN_AFTER_MS = 1000;

/** One channel as this process uses it: its open client behind the breaker's switch, and the calls it may open. */
export class ChannelLine {
  readonly slots: CallSlots;
  private readonly breaker: BreakerSwitch;
  /** Whether the shared state counts failures that a healthy answer must clear. */
  private mustClear = false;
  /** performance.now() until which no call begins. */
  private refusedUntilMs = 0;

  constructor(
    readonly channelId: string,
    private client: ProviderClient,
    maxOpenCalls: number,
    private readonly shared: SharedBreaker,
  ) {
    this.slots = new CallSlots(maxOpenCalls);
    this.breaker = new BreakerSwitch(channelId, () => this.client);
  }

  use(client: ProviderClient): void {
    this.client = client;
  }

  /** What a grant told about the shared breaker: a grant means that calls may go through. */
  granted(failures: number): void {
    this.mustClear = failures > 0;
    this.breaker.throwTo('closed');
  }

  /**
   * The provider refuses the channel itself. What was granted and has passed its barrier goes back, instead of being
   * refused as well until the hold is known: at 200 a second that were a hundred calls.
   */
  refused(): void {
    this.refusedUntilMs = performance.now() + HOLD_KNOWN_AFTER_MS;
  }

  isRefusedAt(nowMs: number): boolean {
    return nowMs < this.refusedUntilMs;
  }

  async send(message: OutboundMessage, deadlineMs: number, isProbe: boolean): Promise<SendOutcome> {
    const outcome = await this.breaker.send(message, deadlineMs);
    if (this.mustReport(outcome, isProbe)) await this.report(outcome, isProbe);
    else if (isProbe) this.probeNotMade();
    return outcome;
  }

  /** The one call that a half-open breaker let through was not made. */
  probeNotMade(): void {
    this.shared.giveBackProbe(this.channelId).catch(() => undefined);
  }

  /** Whether calls may be granted instants on it now. */
  async prepare(deadlineMs: number): Promise<boolean> {
    return (await this.client.prepare?.(deadlineMs)) ?? true;
  }

  /** Null where the provider keeps no session. */
  async restart(deadlineMs: number): Promise<RestartAnswer | null> {
    return (await this.client.restart?.(deadlineMs)) ?? null;
  }

  health(deadlineMs: number): Promise<ChannelHealth> {
    return this.client.health(deadlineMs);
  }

  end(): void {
    this.breaker.end();
  }

  /** Only failures, and the first healthy answer after them, cost a call to Redis. */
  private mustReport(outcome: SendOutcome, isProbe: boolean): boolean {
    if (outcome.kind === 'accepted') return this.mustClear || isProbe;
    if (outcome.kind === 'unavailable' && !outcome.speaksOfHealth) return false;
    return isHealthFailure(outcome) || this.mustClear || isProbe;
  }

  private async report(outcome: SendOutcome, isProbe: boolean): Promise<void> {
    const isFailure = isHealthFailure(outcome);
    this.mustClear = isFailure;
    // Redis away: nothing will be granted, so the switch has nothing to protect from until it is back.
    const state = await this.shared.report(this.channelId, !isFailure, isProbe).catch(() => null);
    if (state !== null) this.breaker.throwTo(state);
  }
}

function isHealthFailure(outcome: SendOutcome): boolean {
  return (outcome.kind === 'unavailable' || outcome.kind === 'unknown') && outcome.speaksOfHealth;
}

/** A line, and what the channel's row says now. */
export interface OpenLine {
  readonly line: ChannelLine;
  readonly channel: ChannelLineInfo;
  /** Our id comes back in every status. */
  readonly echoesCorrelation: boolean;
}

/** The lines of this process, one a channel. */
@Injectable()
export class ChannelLines implements OnApplicationShutdown {
  private readonly logger = new Logger('Channels');
  private readonly lines = new Map<string, ChannelLine>();

  constructor(
    private readonly clients: ChannelClients,
    private readonly shared: SharedBreaker,
    private readonly config: Config,
  ) {}

  /** Null when the channel is gone. */
  async lineOf(channelId: string): Promise<OpenLine | null> {
    const open = await this.clients.clientOf(channelId);
    if (open === null) return null;
    let line = this.lines.get(channelId);
    if (line === undefined) {
      line = new ChannelLine(channelId, open.client, this.config.engine.maxOpenCalls, this.shared);
      this.lines.set(channelId, line);
      this.logger.debug(`opened channel ${channelId}`);
    }
    line.use(open.client);
    return { line, channel: open.channel, echoesCorrelation: open.capabilities.echoesCorrelation };
  }

  onApplicationShutdown(): void {
    for (const line of this.lines.values()) line.end();
  }
}
