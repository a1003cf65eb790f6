import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CHUNK_ROWS } from '../../../src/campaigns/preparation/chunk-progress.js';
import { ChunkWriting } from '../../../src/campaigns/preparation/chunk-writing.js';
import { PreparationService } from '../../../src/campaigns/preparation/preparation.service.js';
import { SuppressionRepository } from '../../../src/ledger/suppression.repository.js';
import { CampaignsFixture } from './campaigns-app.js';

describe('preparing a campaign', () => {
  let fixture: CampaignsFixture;
  let channelId: string;

  beforeAll(async () => {
    fixture = await CampaignsFixture.start();
    channelId = await fixture.createChannel();
  });

  afterAll(() => fixture?.stop());

  async function started(fields: object): Promise<string> {
    const id = await fixture.createCampaign({ message: 'Hola', channelIds: [channelId], ...fields });
    const { status, text } = await fixture.start(id);
    expect(status, text).toBe(202);
    return id;
  }

  it('writes every contact of the audience once, and opens the gate', async () => {
    await fixture.addContacts(1200, { tags: ['todos'] });
    const id = await started({ message: '{{nombre}}: {{SALDO}} {{phone}}', audience: { tags: ['todos'] } });

    expect(await fixture.prepare(id)).toBe('prepared');

    expect(await fixture.progressOf(id)).toMatchObject({ total: 1200, pending: 1200, skipped: 0 });
    expect(await fixture.statusOf(id)).toBe('sending');
    const [first] = await fixture.messagesOf(id);
    expect(first?.variables).toEqual({ name: 'Persona 1', saldo: '100', phone: first?.recipient });
    const batches = await fixture.sql.query<{ n: number }>(
      'SELECT last_seq - first_seq + 1 AS n FROM batches WHERE dispatch_id = $1 ORDER BY batch_no',
      [await fixture.dispatchOf(id)],
    );
    expect(batches.map((batch) => batch.n)).toEqual([500, 500, 200]);
    expect(await fixture.prepare(id)).toBe('left');
  });

  it('chooses by tags: all of these, one of those, none of the last', async () => {
    await fixture.addContacts(5, { tags: ['a', 'b', 'x'] });
    await fixture.addContacts(7, { tags: ['a', 'c', 'x'] });
    await fixture.addContacts(11, { tags: ['a', 'b', 'no', 'x'] });
    const id = await started({ audience: { tags: ['a', 'x'], anyTags: ['b', 'c'], notTags: ['no'] } });
    await fixture.prepare(id);
    expect((await fixture.progressOf(id)).total).toBe(12);
  });

  it('takes the contacts that are named, and nobody who came later', async () => {
    const ids = await fixture.addContacts(3);
    const id = await started({ contacts: [Number(ids[0]), ids[2]] });
    await fixture.addContacts(1);
    await fixture.prepare(id);
    expect((await fixture.messagesOf(id)).map((row) => row.contact_id)).toEqual([ids[0], ids[2]]);
  });

  it('skips who opted out after the start, with the reason', async () => {
    const ids = await fixture.addContacts(4);
    const id = await started({ contacts: ids });
    const [{ recipient }] = (await fixture.sql.query<{ recipient: string }>(
      'SELECT recipient FROM contacts WHERE id = $1',
      [ids[1]],
    )) as [{ recipient: string }];
    await fixture.get(SuppressionRepository).suppress(fixture.sql, {
      workspaceId: await fixture.workspaceId(),
      recipients: [recipient],
      category: 'all',
      reason: 'asked',
      source: 'api',
    });
    await fixture.prepare(id);
    expect(await fixture.progressOf(id)).toMatchObject({ total: 4, pending: 3, skipped: 1 });
    const { body } = await fixture.call('GET', `/api/campaigns/${id}/messages?state=skipped`);
    expect(body.items).toMatchObject([
      { recipient, code: 'suppressed', reason: expect.stringContaining('opted out') },
    ]);
  });

  it('takes along who had opted out before the start, as skipped, even the newest contacts', async () => {
    const ids = await fixture.addContacts(3);
    const opted = await fixture.call('POST', `/api/contacts/${ids[2]}/opt-out`, { reason: 'STOP' });
    expect(opted.status).toBeLessThan(300);
    const id = await started({ contacts: ids });
    await fixture.prepare(id);
    expect((await fixture.messagesOf(id)).map((row) => row.last_code)).toEqual([null, null, 'suppressed']);
  });

  it('skips who lost a value that the message needs after the start', async () => {
    const ids = await fixture.addContacts(2);
    const id = await started({ message: 'Debes {{saldo}}', contacts: ids });
    await fixture.sql.query(`UPDATE contacts SET attributes = '{"Saldo": " "}' WHERE id = $1`, [ids[0]]);
    await fixture.prepare(id);
    expect((await fixture.messagesOf(id)).map((row) => row.last_code)).toEqual(['missing_variable', null]);
  });

  it('keeps duplicates and invalid numbers of a file, each with its reason', async () => {
    const csv =
      'Teléfono;Nombre;Fecha de Corte\n' +
      '55 1111 0001;Ana;3 de mayo\n' +
      '+525511110001;Ana otra vez;4 de mayo\n' +
      'no es un número;Luis;5 de mayo\n' +
      '5511110002;Marta;6 de mayo\n';
    const { status, body } = await fixture.upload('/api/campaigns', csv, {
      name: 'con archivo',
      message: 'Hola {{nombre}}, corte {{fecha_de_corte}} ({{TELEFONO}})',
      channelIds: JSON.stringify([channelId]),
    });
    expect(status).toBe(201);
    expect(body.audience).toMatchObject({ kind: 'file', rows: 4, rejected: 2 });
    const start = await fixture.start(body.id);
    expect(start.body).toMatchObject({ estimatedContacts: 2 });
    await fixture.prepare(body.id);
    expect(await fixture.progressOf(body.id)).toMatchObject({ total: 4, pending: 2, skipped: 2 });
    const rows = await fixture.messagesOf(body.id);
    expect(rows.map((row) => [row.recipient, row.last_code])).toEqual([
      ['+525511110001', null],
      ['+525511110001', 'duplicate'],
      ['no es un número', 'invalid'],
      ['+525511110002', null],
    ]);
    expect(rows[3]?.variables).toEqual({
      name: 'Marta',
      fechadecorte: '6 de mayo',
      phone: '+525511110002',
    });
  });

  it('fills what a file lacks from the contact with the same number', async () => {
    const [id] = await fixture.addContacts(1);
    const [contact] = await fixture.sql.query<{ recipient: string; name: string }>(
      'SELECT recipient, name FROM contacts WHERE id = $1',
      [id],
    );
    const { body } = await fixture.upload('/api/campaigns', `telefono\n${contact!.recipient}\n`, {
      name: 'solo números',
      message: '{{nombre}} {{saldo}}',
      channelIds: JSON.stringify([channelId]),
    });
    expect((await fixture.start(body.id)).status).toBe(202);
    await fixture.prepare(body.id);
    expect(await fixture.messagesOf(body.id)).toMatchObject([
      { contact_id: id, variables: { name: contact!.name, saldo: '100' } },
    ]);
  });

  it('shares recipients out by weight, and keeps to the number that a contact knows', async () => {
    const heavy = await fixture.createChannel({ weight: 3 });
    const ids = await fixture.addContacts(2000);
    await fixture.sql.query('UPDATE contacts SET channel_id = $1 WHERE id = ANY($2::bigint[])', [
      channelId,
      ids.slice(0, 1000),
    ]);
    const id = await started({ contacts: ids, channelIds: [channelId, heavy] });
    await fixture.prepare(id);
    const rows = await fixture.messagesOf(id);
    const known = new Set(ids.slice(0, 1000));
    expect(
      rows.filter((row) => known.has(row.contact_id!)).every((row) => row.channel_id === channelId),
    ).toBe(true);
    const byWeight = rows.filter((row) => !known.has(row.contact_id!) && row.channel_id === heavy).length;
    expect(byWeight).toBeGreaterThan(700);
    expect(byWeight).toBeLessThan(800);
    await fixture.progressOf(id);
  });

  describe('of more than one chunk', () => {
    const count = CHUNK_ROWS + 500;
    let ids: string[];

    beforeAll(async () => {
      ids = await fixture.addContacts(count, { tags: ['muchos'] });
    });

    it('goes on where a crash left it, without a row twice or lost', async () => {
      const id = await started({ message: '{{nombre}}', audience: { tags: ['muchos'] } });
      const writing = fixture.get(ChunkWriting);
      const write = writing.write.bind(writing);
      let chunks = 0;
      // The second chunk is written and then its transaction is lost.
      writing.write = async (tx, work) => {
        const chunk = await write(tx, work);
        chunks += 1;
        if (chunks === 2) throw new Error('the process died here');
        return chunk;
      };
      try {
        await expect(fixture.prepare(id)).rejects.toThrow('died here');
      } finally {
        writing.write = write;
      }
      expect(await fixture.progressOf(id)).toMatchObject({ total: CHUNK_ROWS, pending: CHUNK_ROWS });
      expect(await fixture.prepare(id)).toBe('left');

      await fixture.sql.query('UPDATE campaigns SET prepare_lease_until = now() WHERE id = $1', [id]);
      expect(await fixture.get(PreparationService).resumeStalled()).toBe(true);
      await expect.poll(async () => (await fixture.progressOf(id)).total, { timeout: 20_000 }).toBe(count);

      const [distinct] = await fixture.sql.query<{ n: number }>(
        'SELECT count(DISTINCT contact_id)::int AS n FROM messages WHERE dispatch_id = $1',
        [await fixture.dispatchOf(id)],
      );
      expect(distinct?.n).toBe(ids.length);
    });

    it('leaves the gate shut when it is paused before the first one, and fills the ledger all the same', async () => {
      const id = await started({ audience: { tags: ['muchos'] } });
      await fixture.call('POST', `/api/campaigns/${id}/queue-pause`);
      expect(await fixture.prepare(id)).toBe('prepared');
      await fixture.tick();
      expect(await fixture.statusOf(id)).toBe('paused');
      const isOpen = async () =>
        (
          await fixture.sql.query<{ open: boolean }>(
            'SELECT open FROM dispatch_gates WHERE dispatch_id = $1',
            [await fixture.dispatchOf(id)],
          )
        )[0]?.open;
      expect(await isOpen()).toBe(false);
      expect((await fixture.progressOf(id)).pending).toBe(count);
      await fixture.call('POST', `/api/campaigns/${id}/queue-resume`);
      expect(await isOpen()).toBe(true);
      expect(await fixture.statusOf(id)).toBe('sending');
    });
  });

  it('counts no lost connection as a failure of the chunk, and leaves the campaign to whoever is next', async () => {
    const ids = await fixture.addContacts(3);
    const id = await started({ contacts: ids });
    const writing = fixture.get(ChunkWriting);
    const write = writing.write.bind(writing);
    writing.write = () => Promise.reject(new Error('Connection terminated unexpectedly'));
    try {
      for (let lost = 0; lost < 6; lost += 1) {
        await expect(fixture.prepare(id)).rejects.toThrow('terminated');
        const [left] = await fixture.sql.query<{ seconds: number }>(
          `UPDATE campaigns SET prepare_lease_until = now() WHERE id = $1
           RETURNING extract(epoch FROM old.prepare_lease_until - now())::float AS seconds`,
          [id],
        );
        expect(left!.seconds).toBeLessThanOrEqual(3);
      }
    } finally {
      writing.write = write;
    }
    expect(await fixture.prepare(id)).toBe('prepared');
    expect(await fixture.progressOf(id)).toMatchObject({ total: 3, pending: 3 });
  });

  it('fails, with the reason, when its channel was deleted meanwhile', async () => {
    const gone = await fixture.createChannel();
    const ids = await fixture.addContacts(1);
    const id = await started({ contacts: ids, channelIds: [gone] });
    await fixture.sql.query('DELETE FROM channels WHERE id = $1', [gone]);
    for (let run = 0; run < 5; run += 1) {
      await fixture.sql.query('UPDATE campaigns SET prepare_lease_until = NULL WHERE id = $1', [id]);
      await expect(fixture.prepare(id)).rejects.toThrow('no channel');
    }
    const { body } = await fixture.call('GET', `/api/campaigns/${id}`);
    expect(body).toMatchObject({ status: 'failed', statusReason: expect.stringContaining(gone) });
  });
});
