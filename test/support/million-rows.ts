import { COUNTED_STATES } from '../../src/ledger/message-state.js';

/** Who and what there is in the database of a million messages. */
export const MILLION = {
  workspaceId: '00000000-0000-4000-8000-00000000000a',
  /** Has a sixth of the contacts, with numbers that the first one has too. */
  otherWorkspaceId: '00000000-0000-4000-8000-00000000000b',
  channelId: '00000000-0000-4000-8000-0000000000c1',
  otherChannelId: '00000000-0000-4000-8000-0000000000c2',
  /** Its budget and that of the first channel count a hundred thousand people each. */
  portfolioId: '00000000-0000-4000-8000-0000000000c9',
  workerId: '00000000-0000-4000-8000-0000000000d1',
  /** Holds two batches whose lease is over. */
  deadWorkerId: '00000000-0000-4000-8000-0000000000d2',
  /** Its audience is a file of 100,000 rows. */
  campaignId: '00000000-0000-4000-8000-0000000000e1',
  /** Has recurred four thousand times. */
  recurringCampaignId: '00000000-0000-4000-8001-000000005000',
  importId: '00000000-0000-4000-8000-0000000000f1',
  /** 800,000 messages in 1,600 batches: 600 done, 6 leased, the rest ready. One in five of those done has failed. */
  dispatchId: '5001',
  leasedBatch: { no: 601, firstSeq: 300_001, lastSeq: 300_500 },
  readyBatch: { no: 700, firstSeq: 349_501, lastSeq: 350_000 },
  /** 10,000 messages each, in 420 batches. The first fifteen are finished. */
  smallDispatchIds: Array.from({ length: 20 }, (_, index) => String(5002 + index)),
  /** Open, on two channels; its first 300 batches may not go on yet. */
  waitingDispatchId: '5017',
  /** Its gate is shut, all of it is pending. */
  stoppedDispatchId: '5018',
  /** Nothing in it: chunks are appended to it. */
  emptyDispatchId: '5030',
  /** 20,000 messages, prepared since the planner's statistics were last taken. */
  freshDispatchId: '5040',
  /** Paused, in 600 batches that know their hours: of 200 they are over, in two zones. */
  windowedDispatchId: '5022',
  windowedCampaignId: '00000000-0000-4000-8000-0000000000e2',
  /** Was told of 100,000 events: 60,000 delivered, 1,000 dead, 1,000 that wait to be tried again, the rest pending. */
  subscriptionId: '00000000-0000-4000-8000-000000000101',
  /** Has nothing to be sent, like eight more. */
  idleSubscriptionId: '00000000-0000-4000-8000-000000000102',
} as const;

const { workspaceId: A, otherWorkspaceId: B, channelId: C1, otherChannelId: C2 } = MILLION;

/** One number for each n below 10^7, in no order: people's lists have none. */
const number = (n: string): string => `'+52' || (5500000000 + (${n})::bigint * 7919 % 9999991)`;

/** The same here: the number of contact n, and of message n of each dispatch. */
export function recipientOf(n: number): string {
  return `+52${5_500_000_000 + ((n * 7919) % 9_999_991)}`;
}

const CONTENT = `'{"type": "text", "text": "Hola {{nombre}}"}'`;
const POLICY = `'{"maxTries": 5, "retryBaseMs": 1000, "retryMaxMs": 60000}'`;

/** A message that was sent long enough ago to have its statuses. */
const SETTLED_STATE = `CASE
  WHEN n % 997 = 0 THEN 'unknown' WHEN n % 5 = 0 THEN 'failed' WHEN n % 5 = 1 THEN 'read'
  WHEN n % 5 = 2 THEN 'sent' ELSE 'delivered' END`;

const DISPATCHES = `
  INSERT INTO dispatches (id, workspace_id, kind, category, content, policy, total, batch_count, closing, finished_at)
  SELECT id, '${A}', 'run', 'marketing', ${CONTENT}, ${POLICY},
         CASE WHEN id <= 5000 THEN 500 WHEN id = 5001 THEN 800000 WHEN id <= 5021 THEN 10000 WHEN id = 5040 THEN 20000 ELSE 0 END,
         CASE WHEN id <= 5000 THEN 1 WHEN id = 5001 THEN 1600 WHEN id <= 5021 THEN 420 WHEN id = 5040 THEN 40 ELSE 0 END,
         id <= 5000 OR id IN (5018, 5030), CASE WHEN id <= 5000 OR id BETWEEN 5002 AND 5016 THEN now() END
  FROM (SELECT generate_series(1, 5021) AS id UNION ALL VALUES (5030), (5040)) AS d;
  INSERT INTO dispatch_gates (dispatch_id, workspace_id, open, changed_by)
  SELECT id, workspace_id, NOT closing, 'spec' FROM dispatches;
  INSERT INTO dispatch_counters (workspace_id, dispatch_id, slot, ${COUNTED_STATES.join(', ')})
  SELECT '${A}', d.id, slot, ${COUNTED_STATES.map(() => '1').join(', ')} FROM dispatches d, generate_series(0, 15) AS slot`;

const BIG_DISPATCH = `
  INSERT INTO batches (dispatch_id, batch_no, workspace_id, channel_id, first_seq, last_seq, state, fence, lease_until, leased_by)
  SELECT 5001, n, '${A}', '${C1}', (n - 1) * 500 + 1, n * 500,
         CASE WHEN n <= 600 THEN 'done' WHEN n <= 606 THEN 'leased' ELSE 'ready' END, 1,
         CASE WHEN n BETWEEN 601 AND 604 THEN now() + interval '1 day' WHEN n IN (605, 606) THEN now() - interval '1 minute' END,
         CASE WHEN n BETWEEN 601 AND 604 THEN '${MILLION.workerId}' WHEN n IN (605, 606) THEN '${MILLION.deadWorkerId}' END::uuid
  FROM generate_series(1, 1600) AS n;
  INSERT INTO messages (dispatch_id, seq, workspace_id, channel_id, contact_id, recipient, variables, state, attempt,
                        last_code, inflight_at, accepted_at, sent_at)
  SELECT 5001, n, '${A}', '${C1}', n, ${number('n')}, jsonb_build_object('name', 'Persona ' || n),
         state::message_state, (state <> 'pending')::int, CASE state WHEN 'failed' THEN '131026' WHEN 'unknown' THEN 'timeout' END,
         CASE WHEN state <> 'pending' THEN at END, CASE WHEN state <> 'pending' THEN at + interval '1 s' END,
         CASE WHEN n <= 300000 THEN at + interval '2 s' END
  FROM (
    SELECT n, now() - interval '2 hours' + n * interval '10 ms' AS at,
           CASE WHEN n <= 300000 THEN ${SETTLED_STATE} WHEN n > 303000 OR (n - 1) % 500 >= 300 THEN 'pending'
                WHEN (n - 1) % 500 < 200 THEN 'inflight' ELSE 'accepted' END AS state
    FROM generate_series(1, 800000) AS n
  ) AS m`;

const SMALL_DISPATCHES = `
  INSERT INTO batches (dispatch_id, batch_no, workspace_id, channel_id, first_seq, last_seq, state, not_before)
  SELECT d, n, '${A}', CASE WHEN n % 2 = 0 THEN '${C2}' ELSE '${C1}' END::uuid, (n - 1) * 10000 / 420 + 1, n * 10000 / 420,
         CASE WHEN d IN (5017, 5018) THEN 'ready' ELSE 'done' END,
         CASE WHEN d = 5017 AND n <= 300 THEN now() + interval '1 day' END
  FROM generate_series(5002, 5021) AS d, generate_series(1, 420) AS n;
  INSERT INTO messages (dispatch_id, seq, workspace_id, channel_id, contact_id, recipient, variables, state, attempt,
                        last_code, inflight_at, accepted_at, sent_at)
  SELECT d, n, '${A}', CASE WHEN b % 2 = 0 THEN '${C2}' ELSE '${C1}' END::uuid, n, ${number('n')}, '{}', state::message_state,
         (state <> 'pending')::int, CASE state WHEN 'failed' THEN '131026' WHEN 'unknown' THEN 'timeout' END, at, at, at
  FROM (
    SELECT d, n, (n * 420 + 9999) / 10000 AS b, now() - interval '1 day' AS at,
           CASE WHEN d IN (5017, 5018) THEN 'pending' ELSE ${SETTLED_STATE} END AS state
    FROM generate_series(5002, 5021) AS d, generate_series(1, 10000) AS n
  ) AS m`;

/** What left a trail, and a provider's id for 500,000 messages, kept in both ways for the big dispatch. */
const EVIDENCE = `
  INSERT INTO attempts (workspace_id, dispatch_id, seq, attempt, source, outcome, code, reason)
  SELECT workspace_id, dispatch_id, seq, attempt, 'send', state::text, last_code, 'a sentence for people'
  FROM messages WHERE state IN ('failed', 'unknown');
  INSERT INTO provider_refs (channel_id, provider_id, workspace_id, dispatch_id, seq, attempt)
  SELECT channel_id, 'wamid.' || md5(dispatch_id || '.' || seq), workspace_id, dispatch_id, seq, 1
  FROM messages WHERE dispatch_id > 5001 OR seq <= 300000;
  INSERT INTO receipts (workspace_id, dispatch_id, first_seq, seqs, provider_ids)
  SELECT '${A}', 5001, n * 200 + 1, ARRAY(SELECT generate_series(n * 200 + 1, n * 200 + 200)),
         ARRAY(SELECT 'wamid.' || md5('5001.' || seq) FROM generate_series(n * 200 + 1, n * 200 + 200) AS seq)
  FROM generate_series(0, 1499) AS n`;

/** A day of unknown outcomes; the first hundred are past a horizon of 20 h. Most were settled since by late answers. */
const UNKNOWNS = `
  INSERT INTO unknowns (dispatch_id, seq, workspace_id, channel_id, attempt, since, look_at)
  SELECT dispatch_id, seq, workspace_id, channel_id, attempt, now() - interval '21 hours' + nth * interval '36 s',
         CASE WHEN nth % 2 = 0 THEN now() - interval '1 minute' ELSE now() + interval '1 hour' END
  FROM (
    SELECT m.*, row_number() OVER (ORDER BY state <> 'unknown', dispatch_id, seq) AS nth FROM messages m
    WHERE dispatch_id BETWEEN 5001 AND 5010 AND channel_id = '${C1}' AND (state = 'unknown' OR (state = 'sent' AND seq % 4 = 0))
  ) AS m`;

/** One in fifty of the first workspace's numbers has opted out; the other suppressions are of people long gone. */
const suppressions = (pepper: Buffer): string => `
  INSERT INTO suppressions (workspace_id, recipient_hash, category, reason, source)
  SELECT CASE WHEN n % 10 = 0 THEN '${B}' ELSE '${A}' END::uuid, sha256('\\x${pepper.toString('hex')}'::bytea || convert_to(${number('n * 47')}, 'UTF8')),
         CASE WHEN n % 7 = 0 THEN 'marketing' ELSE 'all' END, 'spec', 'api'
  FROM generate_series(1, 200000) AS n
  ON CONFLICT DO NOTHING`;

/** A hundred thousand come to one event and three hundred to another. Rare, common and usual tags; the two workspaces take turns, as they would in life. */
const CONTACTS = `
  INSERT INTO contacts (id, workspace_id, recipient, name, attributes, tags, opted_out_at)
  SELECT n, CASE WHEN n % 6 = 0 THEN '${B}' ELSE '${A}' END::uuid, ${number('n')}, 'Persona ' || n,
         jsonb_build_object('saldo', n::text, 'ciudad', 'Ciudad ' || n % 300) || CASE
           WHEN n % 3 = 1 THEN jsonb_build_object('event_id', 'grande', 'ticket_url', 'https://boletos.example.com/' || n || '.pdf')
           WHEN n % 1000 = 2 THEN jsonb_build_object('event_id', 'chico', 'ticket_url', 'https://boletos.example.com/' || n || '.pdf')
           ELSE '{}' END,
         CASE WHEN n % 10 < 6 THEN '{cliente}' ELSE '{}' END::text[] || CASE WHEN n % 4 = 1 THEN '{norte}' ELSE '{}' END::text[]
           || CASE WHEN n % 10000 = 1 THEN '{piloto}' ELSE '{}' END::text[],
         CASE WHEN n % 47 = 0 THEN now() END
  FROM generate_series(1, 300000) AS n;
  SELECT setval(pg_get_serial_sequence('contacts', 'id'), 300000);
  INSERT INTO import_rejects (import_id, row_number, column_name, value, reason)
  SELECT '${MILLION.importId}', n, 'phone', '12', 'too short' FROM generate_series(1, 50000) AS n`;

/** Four thousand are occurrences of one, of which two wait. */
const CAMPAIGNS = `
  INSERT INTO campaigns (id, workspace_id, name, status, content, audience, dispatch_id, status_by, created_at, parent_id, occurrence_at)
  SELECT ('00000000-0000-4000-8001-' || lpad(n::text, 12, '0'))::uuid, '${A}', 'Campaña ' || n,
         CASE n WHEN 4098 THEN 'scheduled' WHEN 4099 THEN 'scheduled' WHEN 5001 THEN 'sending' WHEN 5017 THEN 'sending'
              WHEN 5018 THEN 'stopping' ELSE 'completed' END,
         ${CONTENT}, '{"kind": "all"}', n, 'spec', at,
         CASE WHEN n BETWEEN 100 AND 4099 THEN '${MILLION.recurringCampaignId}'::uuid END, CASE WHEN n BETWEEN 100 AND 4099 THEN at END
  FROM (SELECT n, now() - interval '1 day' + n * interval '1 minute' AS at FROM generate_series(1, 5021) AS n) AS c;
  INSERT INTO campaign_recipients (campaign_id, row_number, workspace_id, recipient, name, variables, reject)
  SELECT '${MILLION.campaignId}', n, '${A}', ${number('n')}, 'Persona ' || n, '{"saldo": "12"}',
         CASE WHEN n % 500 = 0 THEN 'invalid' END
  FROM generate_series(1, 100000) AS n`;

/** 100,000 kept, of which 4,000 were not looked at yet and 1,000 wait for their message to become known. */
const WEBHOOKS = `
  INSERT INTO webhook_events (id, workspace_id, provider, channel_ids, body, dedupe_key)
  SELECT n, '${A}', 'whatsapp-cloud', '{${C1}}', convert_to(repeat('x', 400) || n, 'UTF8'), sha256(convert_to('event ' || n, 'UTF8'))
  FROM generate_series(1, 100000) AS n;
  SELECT setval(pg_get_serial_sequence('webhook_events', 'id'), 100000);
  INSERT INTO webhook_backlog (event_id, workspace_id, elements, not_before)
  SELECT n, '${A}', CASE WHEN n <= 96000 THEN '{0}'::int[] END,
         CASE WHEN n <= 95500 THEN now() - interval '1 minute' WHEN n <= 96000 THEN now() + interval '1 day' END
  FROM generate_series(95001, 100000) AS n`;

/** One that is told of messages and behind, and nine that have nothing to be sent. */
const SUBSCRIPTIONS = `
  INSERT INTO subscriptions (id, workspace_id, url, events, sealed_secrets)
  SELECT ('00000000-0000-4000-8000-0000000001' || lpad(n::text, 2, '0'))::uuid, CASE WHEN n % 5 = 0 THEN '${B}' ELSE '${A}' END::uuid,
         'https://crm.example.com/hook', CASE WHEN n = 1 THEN '{message.read,message.delivered,message.accepted}' ELSE '{import.completed}' END::text[], ''
  FROM generate_series(1, 10) AS n;
  INSERT INTO delivery_lines (subscription_id, workspace_id) SELECT id, workspace_id FROM subscriptions;
  INSERT INTO outbox (id, workspace_id, type, payload, order_key, created_at)
  SELECT n, CASE WHEN n % 10 = 0 THEN '${B}' ELSE '${A}' END::uuid, 'message.read', jsonb_build_object('seq', n, 'phone', ${number('n')}),
         n % 20000, now() - interval '20 days' + n * interval '10 s'
  FROM generate_series(1, 100000) AS n;
  SELECT setval(pg_get_serial_sequence('outbox', 'id'), 100000);
  INSERT INTO deliveries (subscription_id, event_id, workspace_id, order_key, state, attempts, event_at, not_before)
  SELECT '${MILLION.subscriptionId}', n, '${A}', n % 20000,
         CASE WHEN n <= 60000 THEN 'delivered' WHEN n <= 61000 THEN 'dead' ELSE 'pending' END,
         CASE WHEN n <= 62000 THEN 3 ELSE 0 END, now() - interval '20 days' + n * interval '10 s',
         CASE WHEN n BETWEEN 61001 AND 62000 THEN now() + interval '1 day' ELSE now() - interval '1 hour' END
  FROM generate_series(1, 100000) AS n;
  INSERT INTO deliveries (subscription_id, event_id, workspace_id, order_key, state, attempts, event_at)
  SELECT '${MILLION.idleSubscriptionId}', n, '${A}', n % 20000, 'delivered', 1, now() - interval '20 days' + n * interval '10 s'
  FROM generate_series(1, 20000) AS n`;

/**
 * A hundred thousand people of the first workspace wrote ten messages each, one in fifty of which nobody has read. No
 * key is checked meanwhile: each would cost as much as its row.
 */
const CONVERSATIONS = `
  SET session_replication_role = replica;
  INSERT INTO conversations (id, workspace_id, channel_id, contact_id, recipient, profile_name, last_inbound_at,
                             last_message_at, last_text, unread)
  SELECT n, '${A}', '${C1}', n + (n - 1) / 5, ${number('n + (n - 1) / 5')}, 'Persona ' || n, at, at, 'Hola', CASE WHEN n % 50 = 0 THEN 2 ELSE 0 END
  FROM (SELECT n, now() - interval '30 days' + n * interval '25 s' AS at FROM generate_series(1, 100000) AS n) AS c;
  SELECT setval(pg_get_serial_sequence('conversations', 'id'), 100000);
  INSERT INTO inbound_messages (id, workspace_id, channel_id, contact_id, provider_id, at, type, text, body, event_id)
  SELECT n, '${A}', '${C1}', c + (c - 1) / 5, 'wamid.in.' || n, now() - interval '30 days' + n * interval '2.5 s', 'text', 'Hola',
         '{"type": "text", "text": "Hola"}', n % 100000 + 1
  FROM (SELECT n, n % 100000 + 1 AS c FROM generate_series(1, 1000000) AS n) AS m;
  SELECT setval(pg_get_serial_sequence('inbound_messages', 'id'), 1000000);
  RESET session_replication_role`;

/** A day of contacts: two budgets with 100,000, among a thousand that are open; and as many locks of frequency caps. */
function budgets(pepper: Buffer): string {
  const hash = `sha256('\\x${pepper.toString('hex')}'::bytea || convert_to(${number('n')}, 'UTF8'))`;
  const scopes = `(VALUES ('${C1}'::uuid), ('${MILLION.portfolioId}'::uuid)) AS s (scope_id)`;
  const minute = `date_trunc('minute', now()) - (n % 1440) * interval '1 minute'`;
  return `
  INSERT INTO touches (scope_id, recipient_hash, minute)
  SELECT scope_id, ${hash}, ${minute} FROM generate_series(1, 100000) AS n, ${scopes};
  INSERT INTO budget_minutes (scope_id, minute, contacts)
  SELECT scope_id, ${minute}, 100000 / 1440 FROM generate_series(0, 1439) AS n, ${scopes};
  INSERT INTO budget_minutes (scope_id, minute, contacts)
  SELECT gen_random_uuid(), ${minute}, 1 FROM generate_series(1, 60000) AS n;
  INSERT INTO budgets (scope_id, opens_at, filled_at) SELECT scope_id, now(), now() FROM ${scopes}
  UNION ALL SELECT gen_random_uuid(), now(), now() FROM generate_series(1, 1000);
  INSERT INTO cap_locks (workspace_id, recipient_hash) SELECT '${A}', ${hash} FROM generate_series(1, 100000) AS n`;
}

/** A day of minutes in sixteen slots, which is as long as it is kept. */
const REST = `
  INSERT INTO channel_usage (workspace_id, channel_id, minute, slot, sends)
  SELECT '${A}', ('00000000-0000-4000-8000-0000000000c' || c)::uuid, date_trunc('minute', now()) - m * interval '1 minute', slot, 5
  FROM generate_series(1, 5) AS c, generate_series(0, 1439) AS m, generate_series(0, 15) AS slot;
  INSERT INTO idempotency_keys (workspace_id, key, request_hash, status, body)
  SELECT '${A}', 'key ' || n, '\\x00', 200, '{}' FROM generate_series(1, 50000) AS n`;

const FRESH_DISPATCH = `
  INSERT INTO batches (dispatch_id, batch_no, workspace_id, channel_id, first_seq, last_seq)
  SELECT 5040, n, '${A}', '${C1}', (n - 1) * 500 + 1, n * 500 FROM generate_series(1, 40) AS n;
  INSERT INTO messages (dispatch_id, seq, workspace_id, channel_id, contact_id, recipient, variables)
  SELECT 5040, n, '${A}', '${C1}', n, ${number('n')}, '{}' FROM generate_series(1, 20000) AS n`;

const WINDOWS = `
  INSERT INTO dispatches (id, workspace_id, kind, campaign_id, category, content, policy, total, batch_count)
  VALUES (5022, '${A}', 'run', '${MILLION.windowedCampaignId}', 'marketing', ${CONTENT}, ${POLICY}, 60000, 600);
  INSERT INTO dispatch_gates (dispatch_id, workspace_id, changed_by) VALUES (5022, '${A}', 'spec');
  INSERT INTO campaigns (id, workspace_id, name, status, content, audience, dispatch_id, status_by, send_window, is_zoned)
  VALUES ('${MILLION.windowedCampaignId}', '${A}', 'Con horario', 'paused', ${CONTENT}, '{"kind": "all"}', 5022, 'spec',
          '[{"days": null, "from": "09:00", "to": "18:00", "zone": "recipient"}]', true);
  INSERT INTO batches (dispatch_id, batch_no, workspace_id, channel_id, first_seq, last_seq, zone, opens_at, closes_at)
  SELECT 5022, n, '${A}', '${C1}', (n - 1) * 100 + 1, n * 100,
         CASE WHEN n % 2 = 0 THEN 'Europe/Madrid' ELSE 'America/Mexico_City' END,
         CASE WHEN n <= 200 THEN now() - interval '9 hours' ELSE now() + interval '9 hours' END,
         CASE WHEN n <= 200 THEN now() - interval '1 second' ELSE now() + interval '18 hours' END
  FROM generate_series(1, 600) AS n`;

/** After the statistics are taken. */
export const FILLING_FRESH = FRESH_DISPATCH;

/** Each list is run in its order on one connection, beside the others. `pepper` is the key of the suppressions. */
export function fillingOf(pepper: Buffer): readonly (readonly string[])[] {
  return [
    [DISPATCHES, BIG_DISPATCH, SMALL_DISPATCHES, EVIDENCE, UNKNOWNS],
    [suppressions(pepper), CONTACTS, CAMPAIGNS, WEBHOOKS, SUBSCRIPTIONS, REST],
    [CONVERSATIONS, WINDOWS, budgets(pepper)],
  ];
}
