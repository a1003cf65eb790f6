import type pg from 'pg';
import type { CaudalServer } from '../support/caudal-server.js';

/**
 * A campaign that is over, as sending leaves it: one in ten refused with a row in attempts, the others with the names
 * that the provider gave them and with the statuses that came. Straight into the tables: sending a million is another
 * bench. Returns its id.
 */
export async function insertCampaign(
  database: pg.Client,
  server: CaudalServer,
  rows: number,
): Promise<string> {
  const { id: channelId } = await server.call<{ id: string }>('POST', '/api/channels', {
    name: 'bench',
    provider: 'whatsapp-cloud',
    settings: { phoneNumberId: '106540352242922', accessToken: 'bench', appSecret: 'bench-secret' },
  });
  const { id } = await server.call<{ id: string }>('POST', '/api/campaigns', {
    name: 'bench',
    message: 'Hola {{nombre|cliente}}',
    audience: { all: true },
    channelIds: [channelId],
  });
  const made = await database.query<{ id: string; workspace_id: string }>(
    `INSERT INTO dispatches (workspace_id, kind, campaign_id, category, policy, total, batch_count, finished_at)
     SELECT workspace_id, 'run', $1, 'marketing', '{}', $2, 1, now() FROM channels WHERE id = $3
     RETURNING id, workspace_id`,
    [id, rows, channelId],
  );
  const { id: dispatchId, workspace_id: workspaceId } = made.rows[0]!;
  await database.query(
    `INSERT INTO messages (dispatch_id, seq, workspace_id, channel_id, recipient, variables, state, attempt, last_code,
                           inflight_at, accepted_at, sent_at, delivered_at, read_at, failed_at)
     SELECT $1, n, $2, $3, '+52' || (5500000000 + n), jsonb_build_object('nombre', 'Persona ' || n), state::message_state, 1,
            CASE state WHEN 'failed' THEN '131026' END, at,
            CASE WHEN state <> 'failed' THEN at + interval '150 ms' END,
            CASE WHEN state IN ('sent', 'delivered', 'read') THEN at + interval '1 s' END,
            CASE WHEN state IN ('delivered', 'read') THEN at + n % 600 * interval '100 ms' END,
            CASE WHEN state = 'read' THEN at + n % 7200 * interval '1 s' END,
            CASE WHEN state = 'failed' THEN at + interval '150 ms' END
     FROM (
       SELECT n, now() - interval '12 hours' + n * interval '10 ms' AS at,
              (ARRAY['failed', 'accepted', 'sent', 'sent', 'delivered', 'delivered', 'delivered', 'delivered', 'read', 'read'])[1 + n % 10]
                AS state
       FROM generate_series(1, $4::int) AS n
     ) AS m`,
    [dispatchId, workspaceId, channelId, rows],
  );
  await database.query(
    `INSERT INTO attempts (workspace_id, dispatch_id, seq, attempt, channel_id, source, outcome, code, reason)
     SELECT workspace_id, dispatch_id, seq, 1, channel_id, 'send', 'rejected', last_code,
            'This number cannot receive the message.'
     FROM messages WHERE dispatch_id = $1 AND state = 'failed' ORDER BY seq`,
    [dispatchId],
  );
  await database.query(
    `INSERT INTO receipts (workspace_id, dispatch_id, first_seq, seqs, provider_ids)
     SELECT $2, $1, min(seq), array_agg(seq ORDER BY seq), array_agg('wamid.' || md5(seq::text) || md5(recipient) ORDER BY seq)
     FROM messages WHERE dispatch_id = $1 AND state <> 'failed' GROUP BY (seq - 1) / 200`,
    [dispatchId, workspaceId],
  );
  await database.query(
    `INSERT INTO dispatch_counters (workspace_id, dispatch_id, slot, accepted, sent, delivered, read, failed)
     SELECT $2, $1, 0, count(*) FILTER (WHERE state = 'accepted'), count(*) FILTER (WHERE state = 'sent'),
            count(*) FILTER (WHERE state = 'delivered'), count(*) FILTER (WHERE state = 'read'),
            count(*) FILTER (WHERE state = 'failed')
     FROM messages WHERE dispatch_id = $1`,
    [dispatchId, workspaceId],
  );
  await database.query(
    `UPDATE campaigns SET status = 'completed', dispatch_id = $2, started_at = now(), finished_at = now() WHERE id = $1`,
    [id, dispatchId],
  );
  await database.query('VACUUM ANALYZE messages, attempts, receipts');
  return id;
}
