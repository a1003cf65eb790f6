import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { BarrierRepository } from '../../../src/ledger/barrier.repository.js';
import { BatchRepository } from '../../../src/ledger/batch.repository.js';
import { SettleRepository } from '../../../src/ledger/settle.repository.js';
import { settlement } from '../../support/ledger-fixture.js';
import { CampaignsFixture } from './campaigns-app.js';

const LEASE_MS = 60_000;
const TEMPLATE = { type: 'template', name: 'aviso', language: 'es_MX' };
const TALKING = 30;

describe('people who did not write within 24 hours', () => {
  let fixture: CampaignsFixture;
  /** Asks for an open window, as the Cloud API does. */
  let channelId: string;
  /** Does not. */
  let freeId: string;
  let talking: string[];
  let silent: string[];

  beforeAll(async () => {
    fixture = await CampaignsFixture.start({ BATCH_SIZE: '20' });
    channelId = await windowedChannel();
    freeId = await fixture.createChannel();
  });

  beforeEach(async () => {
    talking = await fixture.addContacts(TALKING);
    silent = await fixture.addContacts(70);
    await wrote(channelId, talking, '23 hours');
  });

  afterAll(() => fixture?.stop());

  const windowedChannel = () => fixture.createChannel({ settings: { enforceWindow: true } });

  /** As if they had written to the channel so long ago. */
  async function wrote(to: string, contactIds: readonly string[], ago: string): Promise<void> {
    await fixture.sql.query(
      `INSERT INTO conversations (workspace_id, channel_id, contact_id, recipient, last_inbound_at, last_message_at, last_text)
       SELECT workspace_id, $1, id, recipient, now() - $3::interval, now(), 'Hola' FROM contacts WHERE id = ANY($2::bigint[])`,
      [to, contactIds, ago],
    );
  }

  async function started(fields: object) {
    const id = await fixture.createCampaign({ message: 'Hola', channelIds: [channelId], ...fields });
    const { status, text, body } = await fixture.start(id);
    expect(status, text).toBe(202);
    expect(await fixture.prepare(id)).toBe('prepared');
    return { id, body };
  }

  async function batchesOf(id: string) {
    return fixture.sql.query<{ state: string; movable: boolean; channelId: string; messages: number }>(
      `SELECT state, movable, channel_id AS "channelId", sum(last_seq - first_seq + 1)::int AS messages
       FROM batches WHERE dispatch_id = $1 GROUP BY 1, 2, 3 ORDER BY 4`,
      [await fixture.dispatchOf(id)],
    );
  }

  /** The codes of these contacts, `sent` for who will be sent to, each once. */
  async function fateOf(id: string, contactIds: readonly string[]): Promise<string[]> {
    const rows = (await fixture.messagesOf(id)).filter((row) => contactIds.includes(row.contact_id ?? ''));
    expect(rows).toHaveLength(contactIds.length);
    return [...new Set(rows.map((row) => (row.state === 'pending' ? 'sent' : `${row.last_code}`)))];
  }

  it('are skipped by free text, counted at start and told why, in batches that nobody has to lease', async () => {
    const [elsewhere, late] = [silent.slice(0, 10), silent.slice(10, 20)];
    await wrote(await windowedChannel(), elsewhere, '1 hour');
    await wrote(channelId, late, '25 hours');
    const { id, body } = await started({ contacts: [...talking, ...silent] });
    expect(body).toMatchObject({ estimatedContacts: 30, windowClosed: 70 });
    expect(body.warnings).toEqual([expect.stringContaining('70 people are skipped (window_closed)')]);
    expect(await fateOf(id, talking)).toEqual(['sent']);
    expect(await fateOf(id, silent)).toEqual(['window_closed']);
    expect(await fixture.progressOf(id)).toMatchObject({ total: 100, pending: 30, skipped: 70 });
    expect(await batchesOf(id)).toMatchObject([
      { state: 'ready', messages: 30 },
      { state: 'done', messages: 70 },
    ]);
    const { body: list } = await fixture.call(
      'GET',
      `/api/campaigns/${id}/messages?state=skipped&code=window_closed&limit=100`,
    );
    expect(list.items).toHaveLength(70);
    expect(list.items[0].reason).toContain('within 24 hours');
  });

  it('get templates, and whatever leaves by a channel without that rule', async () => {
    for (const fields of [{ content: TEMPLATE, message: undefined }, { channelIds: [freeId] }]) {
      const { id, body } = await started({ contacts: [...talking, ...silent], ...fields });
      expect(body).toMatchObject({ estimatedContacts: 100, windowClosed: 0, warnings: [] });
      expect(await fateOf(id, [...talking, ...silent])).toEqual(['sent']);
    }
  });

  it('are known by their number, whoever has it', async () => {
    const [[ana], [beto], [carla]] = [talking, silent, silent.slice(1)];
    await fixture.sql.query(`UPDATE contacts SET recipient = recipient || '9' WHERE id = $1`, [ana]);
    const [left] = await fixture.sql.query<{ recipient: string }>(
      'SELECT recipient FROM conversations WHERE contact_id = $1',
      [ana],
    );
    await fixture.sql.query('UPDATE contacts SET recipient = $2 WHERE id = $1', [beto, left!.recipient]);
    const { id } = await started({ contacts: [ana, beto, carla] });
    expect(await fateOf(id, [beto!])).toEqual(['sent']);
    expect(await fateOf(id, [ana!, carla!])).toEqual(['window_closed']);
  });

  it('are found among the numbers of a file, where what is wrong besides goes first', async () => {
    const numbers = await fixture.sql.query<{ recipient: string }>(
      'SELECT recipient FROM contacts WHERE id = ANY($1::bigint[]) ORDER BY id',
      [[...talking.slice(0, 2), ...silent.slice(0, 2)]],
    );
    const [open, second, closed, optedOut] = numbers.map(({ recipient }) => recipient) as string[];
    await fixture.call('POST', `/api/contacts/${silent[1]}/opt-out`);
    const csv = ['telefono', open, second, closed, optedOut, '+5215512340987', open, '12'].join('\n');
    const { body: made } = await fixture.upload('/api/campaigns', csv, {
      name: 'archivo',
      message: 'Hola',
      channelIds: JSON.stringify([channelId]),
    });
    const { body } = await fixture.start(made.id);
    expect(body).toMatchObject({ estimatedContacts: 2, windowClosed: 2 });
    await fixture.prepare(made.id);
    const rows = await fixture.messagesOf(made.id);
    const codes = rows.map((row) => [row.recipient, row.last_code]);
    expect(new Set(codes.map(String))).toEqual(
      new Set(
        [
          [open, null],
          [second, null],
          [closed, 'window_closed'],
          [optedOut, 'suppressed'],
          ['+525512340987', 'window_closed'],
          [open, 'duplicate'],
          ['12', 'invalid'],
        ].map(String),
      ),
    );
    expect(await fixture.progressOf(made.id)).toMatchObject({ total: 7, pending: 2, skipped: 5 });
  });

  it('leave a campaign with nobody to send to, which completes', async () => {
    const { id, body } = await started({ contacts: silent });
    expect(body).toMatchObject({ estimatedContacts: 0, windowClosed: 70, estimatedTime: 0 });
    await fixture.tick();
    expect(await fixture.statusOf(id)).toBe('completed');
  });

  it('hear of a pool from the channel that they wrote to, and stay on it', async () => {
    const other = await windowedChannel();
    await wrote(other, silent.slice(0, 20), '2 hours');
    await wrote(other, talking.slice(0, 10), '1 hour');
    const { id, body } = await started({ contacts: [...talking, ...silent], channelIds: [channelId, other] });
    expect(body).toMatchObject({ estimatedContacts: 50, windowClosed: 50 });
    const channelOf = new Map((await fixture.messagesOf(id)).map((row) => [row.contact_id, row.channel_id]));
    expect(new Set(silent.slice(0, 20).map((contact) => channelOf.get(contact)))).toEqual(new Set([other]));
    expect(new Set(talking.slice(10).map((contact) => channelOf.get(contact)))).toEqual(new Set([channelId]));
    // Ten have both open; the newest is theirs, and the other would do.
    const ready = (await batchesOf(id)).filter(({ state }) => state === 'ready');
    expect(ready).toHaveLength(3);
    expect(ready).toContainEqual({ state: 'ready', movable: true, channelId: other, messages: 10 });
    for (const one of [channelId, other]) {
      expect(ready).toContainEqual({ state: 'ready', movable: false, channelId: one, messages: 20 });
    }
  });

  it('are left to the channels of a pool that reach them anyway', async () => {
    const { id, body } = await started({
      contacts: [...talking, ...silent],
      channelIds: [channelId, freeId],
    });
    expect(body).toMatchObject({ estimatedContacts: 100, windowClosed: 0 });
    const rows = await fixture.messagesOf(id);
    const ofSilent = rows.filter((row) => silent.includes(row.contact_id!));
    expect(new Set(ofSilent.map((row) => row.channel_id))).toEqual(new Set([freeId]));
    expect(await fateOf(id, silent)).toEqual(['sent']);
    expect(await batchesOf(id)).toEqual([
      { state: 'ready', movable: true, channelId, messages: 30 },
      { state: 'ready', movable: false, channelId: freeId, messages: 70 },
    ]);
  });

  it('are skipped in a bulk request, but for its templates', async () => {
    const [open, closed] = await fixture.sql.query<{ recipient: string }>(
      'SELECT recipient FROM contacts WHERE id = ANY($1::bigint[]) ORDER BY id',
      [[talking[0], silent[0]]],
    );
    const { body } = await fixture.call('POST', '/api/messages/send-bulk', {
      channelId,
      messages: [
        { phone: open!.recipient, message: 'Hola' },
        { phone: closed!.recipient, message: 'Hola' },
        { phone: closed!.recipient, content: TEMPLATE },
      ],
    });
    expect(body).toMatchObject({ total_messages: 3, skipped: { window_closed: 1 } });
    const rows = await fixture.messagesOf(body.campaign_id);
    expect(rows.map(({ state, last_code: code }) => [state, code])).toEqual([
      ['pending', null],
      ['skipped', 'window_closed'],
      ['pending', null],
    ]);
    expect(await fixture.progressOf(body.campaign_id)).toMatchObject({ total: 3, pending: 2, skipped: 1 });
  });

  it('get no ticket of an event as a file, and are told apart from who opted out', async () => {
    await fixture.sql.query(
      `INSERT INTO attribute_keys (workspace_id, key) SELECT $1, unnest(ARRAY['event_id', 'ticket_url'])`,
      [await fixture.workspaceId()],
    );
    await fixture.sql.query(
      `UPDATE contacts SET attributes = '{"event_id":"E24","ticket_url":"https://boletos.example.com/1.pdf"}'
       WHERE id = ANY($1::bigint[])`,
      [[...talking.slice(0, 3), ...silent.slice(0, 2)]],
    );
    await fixture.call('POST', `/api/contacts/${talking[0]}/opt-out`);
    const { body } = await fixture.call('POST', '/api/tickets/send-whatsapp-by-event', {
      event_id: 'E24',
      channelId,
    });
    expect(body).toMatchObject({ total_messages: 5, skipped: { suppressed: 1, window_closed: 2 } });
  });

  it('are skipped when what failed is sent again', async () => {
    const { id } = await started({ contacts: talking });
    const dispatchId = await fixture.dispatchOf(id);
    const batches = fixture.get(BatchRepository);
    for (let batch = await lease(); batch !== null; batch = await lease()) {
      const seqs = (await batches.pending(batch)).map(({ seq }) => seq);
      const passed = await fixture.get(BarrierRepository).pass(batch, seqs, 'marketing', LEASE_MS);
      if (passed.kind !== 'passed') throw new Error(`the barrier said ${passed.kind}`);
      const outcomes = [...passed.attempts].map(([seq, attempt]) =>
        settlement(seq, attempt, {
          state: 'failed',
          providerId: null,
          trail: { outcome: 'rejected', code: '131026', reason: 'Not on WhatsApp.' },
        }),
      );
      await fixture.get(SettleRepository).settle(batch, outcomes);
      await batches.release(batch, null);
    }
    await fixture.tick();
    await fixture.sql.query(
      `UPDATE conversations SET last_inbound_at = now() - interval '25 hours' WHERE contact_id = ANY($1::bigint[])`,
      [talking.slice(0, 12)],
    );
    const { status, text } = await fixture.call('POST', `/api/campaigns/${id}/resend`, {
      states: ['failed'],
    });
    expect(status, text).toBe(202);
    await fixture.prepare(id);
    expect(await fateOf(id, talking.slice(0, 12))).toEqual(['window_closed']);
    expect(await fateOf(id, talking.slice(12))).toEqual(['sent']);
    expect(await fixture.progressOf(id)).toMatchObject({ total: 30, pending: 18, skipped: 12 });

    function lease() {
      return batches.lease(dispatchId, channelId, randomUUID(), LEASE_MS);
    }
  });
});
