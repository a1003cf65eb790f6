import { Injectable, Logger } from '@nestjs/common';
import { ChannelClients } from '../channels/channel-clients.js';
import type { LookUpAnswer, ProviderClient } from '../channels/providers/provider.js';
import { Clock } from '../common/clock.js';
import { Config } from '../config/config.js';
import type { LookedUp, OpenUnknown } from '../ledger/unknown-evidence.js';
import { UnknownRepository, type AskingPace } from '../ledger/unknown.repository.js';
import { ChannelObstacles } from './channel-obstacle.js';
import { evidenceOf } from './look-up-evidence.js';
import type { ReasonCode } from './sending-reason.js';

/** Four a second and channel, over all workers: a provider that is in trouble is not asked into more of it. */
const PACE: AskingPace = { most: 20, perMs: 5000, firstWaitMs: 60_000, longestWaitMs: 3_600_000 };
const ASKED_AT_ONCE = 4;
const DEADLINE_MS = 5000;
/** A channel in one of these is not asked, and its messages keep their turn. Spent limits are those of sending. */
const NOT_ASKED: ReadonlySet<ReasonCode> = new Set<ReasonCode>([
  'channel_missing',
  'channel_held',
  'session_down',
  'breaker_open',
  'throttled',
  'redis_unreachable',
  'redis_refuses_writes',
]);

/**
 * Asks providers that can be asked what became of messages whose outcome is unknown: after a minute, then after twice
 * as long each time, until evidence settles them or the horizon ends the wait. Apart from sending: it takes no instant
 * of a limit, no place among the open calls and no part in the breaker's count. Safe in any number of processes.
 */
@Injectable()
export class LookUps {
  private readonly logger = new Logger('Queue');

  constructor(
    private readonly unknowns: UnknownRepository,
    private readonly clients: ChannelClients,
    private readonly obstacles: ChannelObstacles,
    private readonly clock: Clock,
    private readonly config: Config,
  ) {}

  async run(): Promise<void> {
    for (const channelId of await this.unknowns.channelsToAsk()) {
      // One channel that cannot be asked keeps no other waiting.
      await this.askAbout(channelId).catch((error: unknown) => {
        this.logger.warn(
          `channel ${channelId} could not be asked about messages: ${(error as Error).message}`,
          {
            channelId,
          },
        );
      });
    }
  }

  private async askAbout(channelId: string): Promise<void> {
    const open = await this.clients.clientOf(channelId);
    if (open === null || !open.capabilities.canLookUp || open.client.lookUp === undefined) {
      await this.unknowns.stopAsking(channelId);
      return;
    }
    const obstacle = await this.obstacles.of(channelId);
    if (obstacle !== null && NOT_ASKED.has(obstacle.code)) return;
    const messages = await this.unknowns.take(channelId, PACE);
    let settled = 0;
    for (let first = 0; first < messages.length; first += ASKED_AT_ONCE) {
      const some = messages.slice(first, first + ASKED_AT_ONCE);
      const answers = await Promise.all(some.map((message) => this.ask(open.client, message)));
      const evidence = some.map((message, index) =>
        evidenceOf(answers[index]!, message, channelId, this.clock.nowMs()),
      );
      settled += await this.unknowns.apply(evidence.filter((one): one is LookedUp => one !== null));
    }
    if (settled > 0) {
      this.logger.log(`${settled} of ${messages.length} unknown messages were settled by asking`, {
        channelId,
      });
    }
  }

  private async ask(client: ProviderClient, message: OpenUnknown): Promise<LookUpAnswer> {
    const { dispatchId, seq, attempt, recipient, begunAt, since, isAlone } = message;
    const { leaseMs, sendTimeoutMs } = this.config.engine;
    return client.lookUp!(
      {
        recipient,
        correlationId: `${dispatchId}:${seq}:${attempt}`,
        attempt,
        begunAt,
        // It became unknown when its call was over or its lease had ended; what a frozen process may still write, or a
        // proxy still pass on, is over after that time once more.
        overBy: new Date(since.getTime() + leaseMs + sendTimeoutMs),
        isAlone,
      },
      DEADLINE_MS,
    );
  }
}
