import { Injectable, Logger } from '@nestjs/common';
import { Clock } from '../common/clock.js';
import { Sql, type Queryable } from '../database/sql.js';
import { AlertBook } from '../events/alert-book.js';
import { ChannelCheckRepository, type CheckEnd } from './channel-check.repository.js';
import { ChannelClients } from './channel-clients.js';
import { ChannelTiers } from './channel-tiers.js';
import { ACCOUNT_STOP, ChannelHolds } from './channel-holds.js';
import type { StandingElement } from './providers/webhook-element.js';
import { StandingRepository } from './standing.repository.js';
import type { StandingQuality } from './standing.js';

const READ_TIMEOUT_MS = 10_000;
const RATED_RED =
  'The provider rates the quality of this number RED: people block or report it. Its marketing campaigns are held.';

/** What providers think of the numbers: read now and then, and told by webhooks in between. */
@Injectable()
export class ChannelStandings {
  private readonly logger = new Logger('Channels');

  constructor(
    private readonly clients: ChannelClients,
    private readonly standings: StandingRepository,
    private readonly holds: ChannelHolds,
    private readonly checks: ChannelCheckRepository,
    private readonly clock: Clock,
    private readonly tiers: ChannelTiers,
    private readonly sql: Sql,
    private readonly alerts: AlertBook,
  ) {}

  async read(channelId: string): Promise<CheckEnd> {
    const open = await this.clients.clientOf(channelId);
    if (open === null || open.client.standing === undefined) return { kind: 'nothing' };
    const answer = await open.client.standing(READ_TIMEOUT_MS);
    if (answer.kind === 'failed') return answer;
    const { kind: _kind, ...standing } = answer;
    await this.sql.transaction(async (tx) => {
      await this.standings.note(channelId, { ...standing, at: this.clock.now().toISOString() }, tx);
      await this.tiers.said(tx, channelId, standing.recipientsPerDay);
      await this.rated(tx, channelId, standing.quality);
    });
    return { kind: 'done' };
  }

  /**
   * A webhook told of a change; what it does not say is read soon. One that stops the number or its account holds the
   * channel, until a person has mended it there and lifts the hold here.
   */
  async heard(tx: Queryable, channelId: string, element: StandingElement): Promise<void> {
    const { what, quality, recipientsPerDay, reason, isStopped } = element;
    await this.standings.note(
      channelId,
      {
        what,
        reason: reason ?? '',
        ...(quality === undefined ? {} : { quality }),
        ...(recipientsPerDay === undefined ? {} : { recipientsPerDay }),
        at: this.clock.now().toISOString(),
      },
      tx,
    );
    await this.tiers.said(tx, channelId, recipientsPerDay);
    if (quality !== undefined) await this.rated(tx, channelId, quality);
    await this.checks.hasten(channelId, 'standing', tx);
    this.logger.warn(`the provider says of a number: ${what}`, { channelId, isStopped });
    if (!isStopped) return;
    const why = reason === undefined || reason === '' ? '' : ` ${reason}`;
    await this.holds.hold(
      channelId,
      ACCOUNT_STOP,
      `The provider stopped this number or its account (${what}).${why} Mend it there, then lift the hold.`,
      undefined,
      tx,
    );
  }

  private async rated(tx: Queryable, channelId: string, quality: StandingQuality): Promise<void> {
    const key = { kind: 'number_quality', channelId } as const;
    if (quality === 'RED') await this.alerts.raise(tx, key, RATED_RED);
    else if (quality !== 'UNKNOWN') await this.alerts.end(tx, key);
  }
}
