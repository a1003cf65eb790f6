import { Injectable } from '@nestjs/common';
import type { Queryable } from '../../database/sql.js';
import type { CorrelatedMessage } from './correlation-id.js';

export interface ProviderRef {
  readonly channelId: string;
  readonly providerId: string;
}

/** A message, by the channel that sent it. */
export interface ChannelMessage {
  readonly channelId: string;
  readonly dispatchId: string;
  readonly seq: number;
}

/** Finds what statuses speak of, many at a time, in the transaction that applies them. */
@Injectable()
export class MessageTargetRepository {
  /** The account of each of these channels; a channel that was deleted since is not among them. */
  async accountsOf(
    tx: Queryable,
    channelIds: readonly string[],
  ): Promise<{ channelId: string; accountRef: string | null }[]> {
    return tx.query(
      {
        name: 'target-accounts',
        text: 'SELECT id AS "channelId", account_ref AS "accountRef" FROM channels WHERE id = ANY($1::uuid[])',
      },
      [channelIds],
    );
  }

  /** Whose these channels are; a channel that was deleted since is not among them. */
  async workspacesOf(tx: Queryable, channelIds: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const rows = await tx.query<{ id: string; workspaceId: string }>(
      {
        name: 'target-workspaces',
        text: 'SELECT id, workspace_id AS "workspaceId" FROM channels WHERE id = ANY($1::uuid[])',
      },
      [channelIds],
    );
    return new Map(rows.map(({ id, workspaceId }) => [id, workspaceId]));
  }

  /** The messages behind provider ids. One probe of the primary key for each id; unknown ids have no row. */
  async byProviderId(
    tx: Queryable,
    refs: readonly ProviderRef[],
  ): Promise<(ProviderRef & CorrelatedMessage)[]> {
    return tx.query(
      {
        name: 'target-by-provider-id',
        text: `
          SELECT r.channel_id AS "channelId", r.provider_id AS "providerId", r.dispatch_id AS "dispatchId", r.seq, r.attempt
          FROM unnest($1::uuid[], $2::text[]) AS w (channel_id, provider_id)
          JOIN provider_refs r ON r.channel_id = w.channel_id AND r.provider_id = w.provider_id`,
      },
      [refs.map((ref) => ref.channelId), refs.map((ref) => ref.providerId)],
    );
  }

  /**
   * Of messages that are not these channels' own, those that they tried to send and that another channel sent since:
   * which one has them now. What a channel says of its own attempt still counts. Asked only of statuses that no message
   * was found for; one probe of the index of attempts and one of the key for each.
   */
  async triedBefore(
    tx: Queryable,
    attempts: readonly (ChannelMessage & { readonly attempt: number })[],
  ): Promise<(ChannelMessage & { readonly channelNow: string })[]> {
    return tx.query(
      {
        name: 'target-tried-before',
        text: `
          SELECT w.channel_id AS "channelId", w.dispatch_id AS "dispatchId", w.seq, m.channel_id AS "channelNow"
          FROM unnest($1::uuid[], $2::bigint[], $3::int[], $4::int[]) AS w (channel_id, dispatch_id, seq, attempt)
          CROSS JOIN LATERAL (
            SELECT FROM attempts a
            WHERE a.dispatch_id = w.dispatch_id AND a.seq = w.seq AND a.attempt = w.attempt AND a.channel_id = w.channel_id
            LIMIT 1
          ) AS tried
          CROSS JOIN LATERAL (
            SELECT channel_id FROM messages WHERE dispatch_id = w.dispatch_id AND seq = w.seq LIMIT 1
          ) AS m`,
      },
      [
        attempts.map((one) => one.channelId),
        attempts.map((one) => one.dispatchId),
        attempts.map((one) => one.seq),
        attempts.map((one) => one.attempt),
      ],
    );
  }

  /** To whom these messages went. The channel is part of the question: it is all that a webhook has proved. */
  async recipientsOf(
    tx: Queryable,
    messages: readonly ChannelMessage[],
  ): Promise<{ workspaceId: string; recipients: string[] }[]> {
    return tx.query(
      {
        name: 'target-recipients',
        text: `
          SELECT m.workspace_id AS "workspaceId", array_agg(DISTINCT m.recipient) AS recipients
          FROM unnest($1::uuid[], $2::bigint[], $3::int[]) AS w (channel_id, dispatch_id, seq)
          JOIN messages m ON m.dispatch_id = w.dispatch_id AND m.seq = w.seq AND m.channel_id = w.channel_id
          GROUP BY m.workspace_id`,
      },
      [
        messages.map((message) => message.channelId),
        messages.map((message) => message.dispatchId),
        messages.map((message) => message.seq),
      ],
    );
  }
}
