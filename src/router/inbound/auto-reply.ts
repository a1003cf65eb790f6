import { Injectable } from '@nestjs/common';
import type { MessageContent } from '../../channels/providers/message-content.js';
import { Clock } from '../../common/clock.js';
import { Config } from '../../config/config.js';
import type { Queryable } from '../../database/sql.js';
import { transactionalPolicy } from '../../ledger/dispatch-policy.js';
import { StreamWriter } from '../../ledger/stream-writer.js';
import { AutoReplyRepository } from './auto-reply.repository.js';
import type { StoredInbound } from './inbound-row.js';

/** What Caudal answers by itself; rendered. */
export interface AutoReply {
  readonly to: StoredInbound;
  readonly content: MessageContent;
}

/** Where messages wait now: to be rung for once the transaction is committed. */
export interface Waiting {
  readonly dispatchId: string;
  readonly channelId: string;
}

/** After an outage of hours nobody wants to be answered what he asked in the morning. */
const MOST_AGE_MS = 15 * 60_000;

/**
 * Answers as single messages of the category `service`, stored in the transaction that stores what they answer: there
 * is neither one without the other, nor one twice. At most one a contact and minute, so that a loop of two machines, or
 * a storm, costs a message a minute.
 */
@Injectable()
export class AutoReplies {
  constructor(
    private readonly guard: AutoReplyRepository,
    private readonly streams: StreamWriter,
    private readonly clock: Clock,
    private readonly config: Config,
  ) {}

  /** The last thing that a transaction does: the stream of a channel is locked until its end. */
  async answer(tx: Queryable, replies: readonly AutoReply[]): Promise<Waiting[]> {
    const nowMs = this.clock.nowMs();
    const firstOf = new Map<string, AutoReply>();
    for (const reply of replies) {
      if (nowMs - reply.to.at.getTime() > MOST_AGE_MS) continue;
      if (!firstOf.has(reply.to.contactId)) firstOf.set(reply.to.contactId, reply);
    }
    if (firstOf.size === 0) return [];
    const allowed = new Set(await this.guard.claim(tx, [...firstOf.values()]));
    const byChannel = Map.groupBy(
      [...firstOf.values()].filter(({ to }) => allowed.has(to.conversationId)),
      ({ to }) => to.channelId,
    );
    const waiting: Waiting[] = [];
    // In one order, so that two transactions which answer on the same channels wait and do not deadlock.
    for (const channelId of [...byChannel.keys()].sort()) {
      const group = byChannel.get(channelId)!;
      const { workspaceId } = group[0]!.to;
      const stream = {
        workspaceId,
        channelId,
        category: 'service',
        policy: transactionalPolicy(this.config.engine),
      } as const;
      const rows = group.map(({ to, content }) => ({ recipient: to.recipient, content }));
      const { dispatchId } = await this.streams.write(stream, rows, tx);
      waiting.push({ dispatchId, channelId });
    }
    return waiting;
  }
}
