import { expect } from 'vitest';
import type { Stack } from '../support/stack.js';
import type { WebhookTraffic } from './webhook-traffic.js';

/** Statuses that name no correlation id may have to wait as long again as they waited for their message. */
const WAIT = { timeout: 90_000, interval: 100 };

export async function untilNothingWaits(stack: Stack): Promise<void> {
  await expect.poll(() => waiting(stack), WAIT).toBe(0);
}

async function waiting(stack: Stack): Promise<number> {
  const [row] = await stack.ledger.sql.query<{ n: number }>('SELECT count(*)::int AS n FROM webhook_backlog');
  return row!.n;
}

/** Bodies of this traffic that are still to be applied. Answers to an earlier one may have statuses of their own by now. */
export async function waitingOf(stack: Stack, traffic: WebhookTraffic): Promise<number> {
  return bodiesIn(stack, 'webhook_backlog b JOIN webhook_events e ON e.id = b.event_id', traffic);
}

/**
 * Everything that the webhooks of this traffic say has happened, and happened once: the messages of the dispatch, its
 * counters, the events that were told of it, what people wrote, who is not to be written to any more, and their answer.
 */
export async function expectAppliedOnce(
  stack: Stack,
  traffic: WebhookTraffic,
  dispatchId: string,
): Promise<void> {
  await untilNothingWaits(stack);
  const { sql } = stack.ledger;
  expect(await sql.query('SELECT event_id, element, reason FROM webhook_quarantine')).toEqual([]);
  expect(await bodiesIn(stack, 'webhook_events e', traffic), 'each body is kept once').toBe(
    traffic.differentBodies,
  );
  await expectStates(stack, traffic, dispatchId);
  expect(await stack.ledger.progress.of(dispatchId)).toEqual(await stack.ledger.progress.recount(dispatchId));
  await expectTold(stack, traffic, dispatchId);
  await expectWritten(stack, traffic);
  await expectStopped(stack, traffic);
}

async function bodiesIn(stack: Stack, events: string, { posts }: WebhookTraffic): Promise<number> {
  const [row] = await stack.ledger.sql.query<{ n: number }>(
    `SELECT count(*)::int AS n FROM ${events}
     WHERE md5(e.body) IN (SELECT md5(b) FROM unnest($1::bytea[]) AS b)`,
    [posts.map(({ body }) => body)],
  );
  return row!.n;
}

async function expectStates(stack: Stack, { lives }: WebhookTraffic, dispatchId: string): Promise<void> {
  const rows = await stack.ledger.sql.query<{ seq: number; state: string; words: string }>(
    `SELECT seq, state, concat_ws(' ', CASE WHEN sent_at IS NOT NULL THEN 'sent' END,
       CASE WHEN delivered_at IS NOT NULL THEN 'delivered' END, CASE WHEN read_at IS NOT NULL THEN 'read' END,
       CASE WHEN failed_at IS NOT NULL THEN 'failed' END) AS words
     FROM messages WHERE dispatch_id = $1 ORDER BY seq`,
    [dispatchId],
  );
  const wanted = lives.map(({ seq, words }) => ({ seq, state: words.at(-1)!, words: words.join(' ') }));
  expect(differing(rows, wanted)).toEqual([]);
}

async function expectTold(stack: Stack, { lives }: WebhookTraffic, dispatchId: string): Promise<void> {
  const rows = await stack.ledger.sql.query<{ what: string }>(
    `SELECT type || ' ' || (payload ->> 'seq') AS what FROM outbox WHERE payload ->> 'dispatchId' = $1`,
    [dispatchId],
  );
  // A status is also the proof that the message was accepted, which is told once with the first.
  const wanted = lives.flatMap(({ seq, words }) =>
    ['accepted', ...words].map((word) => ({ what: `message.${word} ${seq}` })),
  );
  expect(differing(rows, wanted)).toEqual([]);
}

async function expectWritten(stack: Stack, { people }: WebhookTraffic): Promise<void> {
  const { sql } = stack.ledger;
  const recipients = people.map(({ recipient }) => recipient);
  const messages = await sql.query<{ who: string; id: string }>(
    `SELECT c.recipient AS who, m.provider_id AS id FROM inbound_messages m JOIN contacts c ON c.id = m.contact_id
     WHERE c.recipient = ANY($1)`,
    [recipients],
  );
  const wanted = people.flatMap(({ recipient, messageIds }) =>
    messageIds.map((id) => ({ who: recipient, id })),
  );
  expect(differing(messages, wanted), 'what people wrote').toEqual([]);
  const talks = await sql.query<{ who: string; unread: number }>(
    'SELECT recipient AS who, unread FROM conversations WHERE recipient = ANY($1)',
    [recipients],
  );
  const unread = people.map(({ recipient, messageIds }) => ({ who: recipient, unread: messageIds.length }));
  expect(differing(talks, unread), 'what of it is unread').toEqual([]);
  const told = await sql.query<{ id: string }>(
    `SELECT payload ->> 'providerId' AS id FROM outbox WHERE type = 'message.received' AND payload ->> 'phone' = ANY($1)`,
    [recipients],
  );
  expect(
    differing(
      told,
      wanted.map(({ id }) => ({ id })),
    ),
    'who was told of it',
  ).toEqual([]);
}

async function expectStopped(stack: Stack, { people }: WebhookTraffic): Promise<void> {
  const { sql } = stack.ledger;
  const recipients = people.map(({ recipient }) => recipient);
  const stopped = people.filter((one) => one.wantsToStop).map(({ recipient }) => ({ recipient }));
  const queries = {
    'opted out': 'SELECT recipient FROM contacts WHERE recipient = ANY($1) AND opted_out_at IS NOT NULL',
    'told of': `SELECT payload ->> 'phone' AS recipient FROM outbox WHERE type = 'contact.opted_out' AND payload ->> 'phone' = ANY($1)`,
    answered: `SELECT m.recipient FROM messages m JOIN dispatches d ON d.id = m.dispatch_id
               WHERE d.kind = 'stream' AND m.recipient = ANY($1)`,
  };
  for (const [what, text] of Object.entries(queries)) {
    const rows = await sql.query<{ recipient: string }>(text, [recipients]);
    expect(differing(rows, stopped), what).toEqual([]);
  }
  const [all] = await sql.query<{ suppressed: number; stopped: number }>(
    `SELECT (SELECT count(*)::int FROM suppressions WHERE category = 'all') AS suppressed,
            (SELECT count(*)::int FROM contacts WHERE opted_out_at IS NOT NULL) AS stopped`,
  );
  expect(all!.suppressed).toBe(all!.stopped);
}

/** What only one of both has, or has more often; said in a line each, as there may be thousands. */
function differing(rows: readonly object[], wanted: readonly object[]): string[] {
  const balance = new Map<string, number>();
  const count = (one: object, by: number): void => {
    const key = Object.entries(one)
      .toSorted()
      .map(([name, value]) => `${name} ${value}`)
      .join(', ');
    balance.set(key, (balance.get(key) ?? 0) + by);
  };
  for (const row of rows) count(row, 1);
  for (const row of wanted) count(row, -1);
  return [...balance]
    .filter(([, by]) => by !== 0)
    .slice(0, 20)
    .map(([key, by]) => `${by > 0 ? `${by} too many` : `${-by} missing`}: ${key}`);
}
