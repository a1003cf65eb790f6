import { FANNED_COLUMNS, fanOut, LISTENING, orderKey } from './fan-out.js';

/** The columns of `news`, for what follows it. */
export const NEWS_COLUMNS =
  'workspace_id, dispatch_id, seq, rank, type, recipient, channel_id, at, code, reason, provider_id';

/**
 * The events of messages, as WITHs behind one of the name `news` with NEWS_COLUMNS, for the statements that move
 * messages. Only what a subscription asks for is written. `rank` orders what happened to one message at once: events
 * are numbered in the order in which they are inserted.
 */
export const TELL_NEWS = `
    wanted AS MATERIALIZED (
      SELECT DISTINCT s.workspace_id, w.type FROM subscriptions s, unnest(s.events) AS w (type)
      WHERE s.state IN ${LISTENING}
    ),
    told AS (
      INSERT INTO outbox (workspace_id, type, payload, order_key)
      SELECT n.workspace_id, n.type,
             jsonb_strip_nulls(jsonb_build_object(
               'campaignId', d.campaign_id, 'dispatchId', n.dispatch_id::text, 'seq', n.seq, 'channelId', n.channel_id,
               'phone', n.recipient, 'providerId', n.provider_id, 'code', n.code, 'reason', n.reason,
               'at', to_char(n.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
             )),
             ${orderKey('n.recipient')}
      FROM news n
      JOIN wanted w ON w.workspace_id = n.workspace_id AND w.type = n.type
      JOIN dispatches d ON d.id = n.dispatch_id
      ORDER BY n.dispatch_id, n.seq, n.rank
      RETURNING ${FANNED_COLUMNS}
    ),
    ${fanOut('told')}`;
