import { Injectable } from '@nestjs/common';
import { DeploymentCheck } from '../database/deployment.js';
import { Sql } from '../database/sql.js';
import { waitsForPlaces } from '../ledger/contact-terms.js';
import type { Dispatch } from '../ledger/dispatch.js';
import type { PausedChannels } from '../ledger/paused-channels.js';
import { BudgetReasons } from './budget-reason.js';
import { ChannelObstacles, pausedChannels, type NamedPauses } from './channel-obstacle.js';
import { because, type SendingReason } from './sending-reason.js';
import { StallRepository } from './stall.repository.js';
import { WorkerPresence } from './worker-presence.js';

/** What is left of a dispatch, while none of it may be taken now. */
interface Waiting {
  readonly mayBeTaken: boolean;
  readonly nextAt: Date | null;
  readonly isOutsideWindow: boolean;
  /** Its hours have ended, and when they begin again is about to be worked out. */
  readonly isOver: boolean;
  readonly isRetrying: boolean;
  /** When any of the batch that is next was tried last; before that, when the gate was opened. */
  readonly since: Date | null;
  /** Where what is left lies; null when nothing is. */
  readonly channelIds: readonly string[] | null;
  readonly paused: PausedChannels;
  readonly dispatch: Pick<Dispatch, 'kind' | 'category' | 'policy'> | null;
}

/** Of a dispatch whose gate is open: why none of it is sent, and which of its channels cannot send. */
export interface SendingView {
  /** Null while some of it may be sent. */
  readonly reason: SendingReason | null;
  /** Of several; a single one is the reason itself. */
  readonly unable: readonly UnableChannel[];
}

export interface UnableChannel extends SendingReason {
  readonly channelId: string;
}

/**
 * One pass over the unfinished batches of one dispatch. Only where all of them wait are messages looked at: those of
 * the batch that is next, to tell a retry from the pace of a channel. What waits for its stage is the campaign's to
 * explain.
 */
const WAITING = {
  name: 'dispatch-waiting',
  text: `
    WITH open AS MATERIALIZED (
      SELECT batch_no, channel_id, first_seq, last_seq, state, opens_at, coalesce(closes_at <= now(), false) AS is_over,
             state = 'leased' OR (
               coalesce(greatest(not_before, opens_at), now()) <= now() AND (closes_at IS NULL OR closes_at > now())
             ) AS "mayBeTaken",
             greatest(not_before, opens_at) AS next_at
      FROM batches WHERE dispatch_id = $1 AND state IN ('ready', 'leased')
        AND stage <= (SELECT stage FROM dispatch_gates WHERE dispatch_id = $1)
    ),
    next AS MATERIALIZED (
      SELECT * FROM open WHERE NOT EXISTS (SELECT FROM open AS other WHERE other."mayBeTaken")
      ORDER BY next_at, batch_no LIMIT 1
    )
    SELECT NOT EXISTS (SELECT FROM next) AS "mayBeTaken", next.next_at AS "nextAt",
           coalesce(next.is_over OR next.opens_at > now(), false) AS "isOutsideWindow",
           coalesce(next.is_over, false) AS "isOver",
           NOT EXISTS (
             SELECT FROM messages m
             WHERE m.dispatch_id = $1 AND m.seq BETWEEN next.first_seq AND next.last_seq AND m.state = 'pending'
               AND (m.not_before IS NULL OR m.not_before <= now())
           ) AS "isRetrying",
           (
             SELECT array_agg(channel_id) FROM (
               SELECT channel_id FROM open
               UNION SELECT channel_id FROM batches WHERE dispatch_id = $1 AND state = 'parked'
             ) AS left_over
           ) AS "channelIds",
           (SELECT paused_channels FROM dispatches WHERE id = $1) AS paused,
           (SELECT jsonb_build_object('kind', kind, 'category', category, 'policy', policy)
            FROM dispatches WHERE id = $1) AS dispatch,
           CASE WHEN next.batch_no IS NOT NULL THEN greatest(
             (SELECT changed_at FROM dispatch_gates WHERE dispatch_id = $1),
             (SELECT max(m.inflight_at) FROM messages m
              WHERE m.dispatch_id = $1 AND m.seq BETWEEN next.first_seq AND next.last_seq)
           ) END AS since
    FROM (SELECT) AS one LEFT JOIN next ON true`,
};

/** Answers P8 for one dispatch whose gate is open; what a person closed, the campaign itself knows. */
@Injectable()
export class SendingReasons {
  constructor(
    private readonly obstacles: ChannelObstacles,
    private readonly workers: WorkerPresence,
    private readonly deployment: DeploymentCheck,
    private readonly stalls: StallRepository,
    private readonly budgets: BudgetReasons,
    private readonly sql: Sql,
  ) {}

  /**
   * A reason while none of the channels that have some of it may send now: what lies on a channel that cannot goes to
   * the others within seconds, and until then it waits for it.
   */
  async of(dispatchId: string, channelIds: readonly string[]): Promise<SendingView> {
    const [view, stalledSince] = await Promise.all([
      this.ofChannels(dispatchId, channelIds),
      this.stalls.since(dispatchId),
    ]);
    if (view.reason !== null || stalledSince === null) return view;
    return { ...view, reason: because('stalled', stalledSince) };
  }

  /** The same, but for what nothing explains. */
  async ofChannels(dispatchId: string, channelIds: readonly string[]): Promise<SendingView> {
    if (this.deployment.isHeld()) {
      return { reason: because('database_restored', this.deployment.heldAt()), unable: [] };
    }
    const [presence, found, left] = await Promise.all([
      this.workers.now(),
      Promise.all(channelIds.map((channelId) => this.obstacles.of(channelId))),
      this.left(dispatchId),
    ]);
    const pauses = await this.obstacles.pauses(left?.paused ?? null);
    const obstacles = found.map((obstacle, index) => pauses.get(channelIds[index]!)?.reason ?? obstacle);
    if (presence.kind === 'none') return { reason: because('no_worker', presence.lastSeenAt), unable: [] };
    const busy = obstacles.filter((_, index) => left?.channelIds?.includes(channelIds[index]!) ?? true);
    const [first, ...others] = busy;
    const maySend = first === undefined || first === null || others.includes(null);
    const unable = channelIds.flatMap((channelId, index) => {
      const obstacle = obstacles[index] ?? null;
      return obstacle === null ? [] : [{ channelId, ...obstacle }];
    });
    return {
      reason: maySend ? await this.waitingReason(left) : (pausedReason(pauses, left) ?? first),
      unable: channelIds.length > 1 ? unable : [],
    };
  }

  private async waitingReason(left: Waiting | undefined): Promise<SendingReason | null> {
    const reason = waitingReason(left);
    const mayLackPlaces =
      reason?.code === 'waiting' && left!.dispatch !== null && waitsForPlaces(left!.dispatch);
    return mayLackPlaces ? ((await this.budgets.of(left!)) ?? reason) : reason;
  }

  private async left(dispatchId: string): Promise<Waiting | undefined> {
    return (await this.sql.query<Waiting>(WAITING, [dispatchId]))[0];
  }
}

/** Where all that is left lies on paused channels: all of them. */
function pausedReason(pauses: NamedPauses, left: Waiting | undefined): SendingReason | null {
  const lies = left?.channelIds ?? [];
  const named = lies.flatMap((channelId) => pauses.get(channelId) ?? []);
  return named.length === 0 || named.length < lies.length ? null : pausedChannels(named);
}

function waitingReason(left: Waiting | undefined): SendingReason | null {
  if (left === undefined || left.mayBeTaken || left.nextAt === null) return null;
  if (left.isOutsideWindow) return because('outside_window', left.since, left.isOver ? null : left.nextAt);
  return because(left.isRetrying ? 'finishing_retries' : 'waiting', left.since, left.nextAt);
}
