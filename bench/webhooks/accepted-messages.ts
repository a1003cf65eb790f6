import type pg from 'pg';

/** A dispatch as a campaign leaves it whose sends were all accepted. */
export async function insertAccepted(
  database: pg.Client,
  channelId: string,
  messages: number,
): Promise<string> {
  const { rows } = await database.query<{ id: string; workspace_id: string }>(
    `INSERT INTO dispatches (workspace_id, kind, category, policy, total, batch_count)
     SELECT workspace_id, 'run', 'marketing', '{}', $2, 1 FROM channels WHERE id = $1 RETURNING id, workspace_id`,
    [channelId, messages],
  );
  const { id, workspace_id: workspaceId } = rows[0]!;
  await database.query(
    `INSERT INTO messages (dispatch_id, seq, workspace_id, channel_id, recipient, state, attempt)
     SELECT $1, n, $2, $3, '+521' || (5510000000 + n), 'accepted', 1 FROM generate_series(1, $4::int) AS n`,
    [id, workspaceId, channelId, messages],
  );
  await database.query(
    `INSERT INTO dispatch_counters (workspace_id, dispatch_id, slot, accepted) VALUES ($1, $2, 0, $3)`,
    [workspaceId, id, messages],
  );
  await database.query('VACUUM ANALYZE messages');
  return id;
}
