import { Injectable } from '@nestjs/common';
import type { Queryable } from '../../database/sql.js';
import { recipientHash, SuppressionRepository } from '../../ledger/suppression.repository.js';
import {
  senderOf,
  storable,
  storableJson,
  textOf,
  typeOf,
  type InboundRow,
  type StoredInbound,
} from './inbound-row.js';

@Injectable()
export class InboundRepository {
  constructor(private readonly suppressions: SuppressionRepository) {}

  /**
   * Contacts, messages and conversations of many messages in one statement, and of each message once, however often and
   * by whomever it is brought: who stores it first counts it as unread. Messages are numbered in the order in which they
   * were written; they, contacts and conversations are stored in the order of their keys, so that two workers which
   * were brought the same ones wait for each other and never deadlock; from its conversation's row on,
   * what is told of a contact is told by one transaction at a time. A contact that is known is not touched.
   *
   * Costs, for each message, a probe of the provider's ids, of the contacts and of the conversations.
   */
  async store(tx: Queryable, rows: readonly InboundRow[]): Promise<StoredInbound[]> {
    const texts = rows.map(({ message }) => textOf(message.body));
    return tx.query<StoredInbound>(STORE, [
      rows.map((row) => row.workspaceId),
      rows.map((row) => row.channelId),
      rows.map((row) => row.eventId),
      rows.map(({ message }) => senderOf(message)),
      rows.map(({ message }) => (message.profileName === null ? null : storable(message.profileName))),
      rows.map(({ message }) => message.providerId),
      rows.map(({ message }) => message.at),
      rows.map(({ message }) => storable(typeOf(message.body))),
      texts,
      rows.map(({ message }) => storableJson(message.body)),
      rows.map(({ message }) => message.replyTo),
      this.suppressions.pepper,
    ]);
  }
}

const STORE = {
  name: 'inbound-store',
  text: `
    WITH arrived AS MATERIALIZED (
      SELECT a.workspace_id, a.channel_id, a.event_id, a.recipient, a.name, a.provider_id, least(a.at, now()) AS at,
             a.type, a.text, a.body::jsonb AS body, a.reply_to, a.nth
      FROM unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::text[], $5::text[], $6::text[], $7::timestamptz[],
                  $8::text[], $9::text[], $10::text[], $11::text[]) WITH ORDINALITY
        AS a (workspace_id, channel_id, event_id, recipient, name, provider_id, at, type, text, body, reply_to, nth)
    ),
    fresh AS MATERIALIZED (
      SELECT DISTINCT ON (a.channel_id, a.provider_id) a.* FROM arrived a
      WHERE NOT EXISTS (
        SELECT FROM inbound_messages m WHERE m.channel_id = a.channel_id AND m.provider_id = a.provider_id
      )
      ORDER BY a.channel_id, a.provider_id, a.nth
    ),
    known AS MATERIALIZED (
      SELECT c.id, c.workspace_id, c.recipient, c.name, c.opted_out_at
      FROM (SELECT DISTINCT workspace_id, recipient FROM fresh) f
      JOIN contacts c ON c.workspace_id = f.workspace_id AND c.recipient = f.recipient
    ),
    made AS (
      INSERT INTO contacts (workspace_id, recipient, name, opted_out_at, opt_out_reason)
      SELECT DISTINCT ON (f.workspace_id, f.recipient) f.workspace_id, f.recipient, f.name, s.created_at, s.reason
      FROM fresh f
      LEFT JOIN suppressions s ON s.workspace_id = f.workspace_id AND s.category = 'all'
        AND s.recipient_hash = ${recipientHash('f.recipient', '$12')}
      WHERE NOT EXISTS (
        SELECT FROM known k WHERE k.workspace_id = f.workspace_id AND k.recipient = f.recipient
      )
      ORDER BY f.workspace_id, f.recipient, f.at
      ON CONFLICT (workspace_id, recipient) DO UPDATE SET recipient = EXCLUDED.recipient
      RETURNING id, workspace_id, recipient, name, opted_out_at
    ),
    people AS MATERIALIZED (SELECT * FROM known UNION ALL SELECT * FROM made),
    numbered AS MATERIALIZED (
      SELECT nextval('inbound_messages_id_seq') AS id, f.* FROM (SELECT * FROM fresh ORDER BY at, nth OFFSET 0) f
    ),
    stored AS (
      INSERT INTO inbound_messages (id, workspace_id, channel_id, contact_id, provider_id, at, type, text, body,
                                    reply_to, event_id)
      SELECT f.id, f.workspace_id, f.channel_id, p.id, f.provider_id, f.at, f.type, f.text, f.body, f.reply_to,
             f.event_id
      FROM numbered f JOIN people p ON p.workspace_id = f.workspace_id AND p.recipient = f.recipient
      ORDER BY f.channel_id, f.provider_id
      ON CONFLICT (channel_id, provider_id) DO NOTHING
      RETURNING id, workspace_id, channel_id, contact_id, provider_id, at, type, text, body, event_id
    ),
    talks AS (
      INSERT INTO conversations (workspace_id, channel_id, contact_id, recipient, profile_name, last_inbound_at,
                                 last_message_at, last_text, unread)
      SELECT s.workspace_id, s.channel_id, s.contact_id, p.recipient,
             (array_agg(f.name ORDER BY s.at DESC) FILTER (WHERE f.name IS NOT NULL))[1],
             max(s.at), max(s.at), (array_agg(left(s.text, 200) ORDER BY s.at DESC, s.id DESC))[1],
             count(*) FILTER (WHERE s.type <> 'reaction')
      FROM stored s
      JOIN people p ON p.id = s.contact_id AND p.workspace_id = s.workspace_id
      JOIN fresh f ON f.channel_id = s.channel_id AND f.provider_id = s.provider_id
      GROUP BY s.workspace_id, s.channel_id, s.contact_id, p.recipient
      ORDER BY s.contact_id, s.channel_id
      ON CONFLICT (contact_id, channel_id) DO UPDATE SET
        recipient = EXCLUDED.recipient,
        profile_name = coalesce(EXCLUDED.profile_name, conversations.profile_name),
        last_inbound_at = greatest(conversations.last_inbound_at, EXCLUDED.last_inbound_at),
        last_message_at = greatest(conversations.last_message_at, EXCLUDED.last_message_at),
        last_text = CASE WHEN EXCLUDED.last_message_at >= conversations.last_message_at
                         THEN EXCLUDED.last_text ELSE conversations.last_text END,
        unread = conversations.unread + EXCLUDED.unread
      RETURNING id, contact_id, channel_id, profile_name
    )
    SELECT s.id::text, s.workspace_id AS "workspaceId", s.channel_id AS "channelId", s.contact_id::text AS "contactId",
           t.id::text AS "conversationId", s.provider_id AS "providerId", p.recipient,
           coalesce(p.name, t.profile_name) AS name, p.opted_out_at IS NOT NULL AS "isOptedOut",
           s.type, s.text, s.body, s.at,
           round(extract(epoch FROM clock_timestamp() - e.received_at) * 1000)::int AS "waitedMs"
    FROM stored s
    JOIN talks t ON t.contact_id = s.contact_id AND t.channel_id = s.channel_id
    JOIN people p ON p.id = s.contact_id AND p.workspace_id = s.workspace_id
    JOIN webhook_events e ON e.id = s.event_id
    ORDER BY s.id`,
};
