import { Injectable } from '@nestjs/common';
import { DeploymentCheck } from '../database/deployment.js';
import { Sql } from '../database/sql.js';
import { ChannelObstacles } from './channel-obstacle.js';
import { because, type SendingReason } from './sending-reason.js';
import { WorkerPresence } from './worker-presence.js';

/** What is left of a dispatch, while none of it may be taken now. */
interface Waiting {
  readonly mayBeTaken: boolean;
  readonly nextAt: Date | null;
  readonly isOutsideWindow: boolean;
  readonly isRetrying: boolean;
}

/**
 * One pass over the unfinished batches of one dispatch. Only where all of them wait are messages looked at: those of
 * the batch that is next, to tell a retry from the pace of a channel.
 */
const WAITING = {
  name: 'dispatch-waiting',
  text: `
    WITH open AS MATERIALIZED (
      SELECT batch_no, first_seq, last_seq, state, opens_at,
             state = 'leased' OR coalesce(greatest(not_before, opens_at), now()) <= now() AS "mayBeTaken",
             greatest(not_before, opens_at) AS next_at
      FROM batches WHERE dispatch_id = $1 AND state IN ('ready', 'leased')
    ),
    next AS MATERIALIZED (
      SELECT * FROM open WHERE NOT EXISTS (SELECT FROM open AS other WHERE other."mayBeTaken")
      ORDER BY next_at, batch_no LIMIT 1
    )
    SELECT NOT EXISTS (SELECT FROM next) AS "mayBeTaken", next.next_at AS "nextAt",
           coalesce(next.opens_at > now(), false) AS "isOutsideWindow",
           NOT EXISTS (
             SELECT FROM messages m
             WHERE m.dispatch_id = $1 AND m.seq BETWEEN next.first_seq AND next.last_seq AND m.state = 'pending'
               AND (m.not_before IS NULL OR m.not_before <= now())
           ) AS "isRetrying"
    FROM (SELECT) AS one LEFT JOIN next ON true`,
};

/** Answers P8 for one dispatch whose gate is open; what a person closed, the campaign itself knows. */
@Injectable()
export class SendingReasons {
  constructor(
    private readonly obstacles: ChannelObstacles,
    private readonly workers: WorkerPresence,
    private readonly deployment: DeploymentCheck,
    private readonly sql: Sql,
  ) {}

  /** Null while at least one of its channels may send now. */
  async of(dispatchId: string, channelIds: readonly string[]): Promise<SendingReason | null> {
    if (this.deployment.isHeld()) return because('database_restored', this.deployment.heldAt());
    const [presence, channels, waiting] = await Promise.all([
      this.workers.now(),
      Promise.all(channelIds.map((channelId) => this.obstacles.of(channelId))),
      this.waiting(dispatchId),
    ]);
    if (presence.kind === 'none') return because('no_worker', presence.lastSeenAt);
    const maySend = channels.includes(null);
    return maySend ? waiting : (channels[0] ?? waiting);
  }

  private async waiting(dispatchId: string): Promise<SendingReason | null> {
    const [row] = await this.sql.query<Waiting>(WAITING, [dispatchId]);
    if (row === undefined || row.mayBeTaken || row.nextAt === null) return null;
    if (row.isOutsideWindow) return because('outside_window', null, row.nextAt);
    return because(row.isRetrying ? 'finishing_retries' : 'waiting', null, row.nextAt);
  }
}
