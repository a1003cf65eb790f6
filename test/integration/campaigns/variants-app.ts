import { randomUUID } from 'node:crypto';
import { expect } from 'vitest';
import { BarrierRepository } from '../../../src/ledger/barrier.repository.js';
import { BatchRepository } from '../../../src/ledger/batch.repository.js';
import { hasVariants } from '../../../src/ledger/dispatch.js';
import { SettleRepository } from '../../../src/ledger/settle.repository.js';
import type { Settlement } from '../../../src/ledger/settlement.js';
import { DispatchCache } from '../../../src/queue/dispatch-cache.js';
import { settlement } from '../../support/ledger-fixture.js';
import { CampaignsFixture } from './campaigns-app.js';

const LEASE_MS = 60_000;

export const REFUSED: Partial<Settlement> = {
  state: 'failed',
  providerId: null,
  trail: { outcome: 'rejected', code: '131026', reason: 'Not on WhatsApp.' },
};

export const VARIANTS = [
  { name: 'A', message: 'Hola {{nombre}}, corre' },
  { name: 'B', message: 'Hola, tu saldo es {{saldo}}', weight: 3 },
];

export interface VariantRow {
  seq: number;
  recipient: string;
  variant: number | null;
  state: string;
  channel_id: string;
  contact_id: string | null;
}

interface Sent {
  readonly seq: number;
  readonly text: string;
}

/** Campaigns with several texts, on one channel, and what a worker and their people do. */
export class VariantsFixture {
  private constructor(
    readonly fixture: CampaignsFixture,
    readonly channelId: string,
  ) {}

  static async start(): Promise<VariantsFixture> {
    const fixture = await CampaignsFixture.start({ BATCH_SIZE: '50' });
    return new VariantsFixture(fixture, await fixture.createChannel({ name: 'ventas' }));
  }

  async rowsOf(id: string): Promise<VariantRow[]> {
    return this.fixture.sql.query<VariantRow>(
      `SELECT seq, recipient, variant, state::text AS state, channel_id, contact_id FROM messages
       WHERE dispatch_id = $1 ORDER BY seq`,
      [await this.fixture.dispatchOf(id)],
    );
  }

  /** Sends all that may be sent now, as a worker would; what each would have said. */
  async visit(id: string, outcomeOf: (seq: number) => Partial<Settlement> = () => ({})): Promise<Sent[]> {
    const dispatchId = await this.fixture.dispatchOf(id);
    const batches = this.fixture.get(BatchRepository);
    const { dispatch, render } = (await this.fixture.get(DispatchCache).get(dispatchId))!;
    const said: Sent[] = [];
    for (;;) {
      const batch = await batches.lease(dispatchId, this.channelId, randomUUID(), LEASE_MS);
      if (batch === null) return said;
      const rows = await batches.pending(batch, null, hasVariants(dispatch));
      const seqs = rows.map(({ seq }) => seq);
      const passed = await this.fixture.get(BarrierRepository).pass(batch, seqs, 'marketing', LEASE_MS);
      if (passed.kind !== 'passed') throw new Error(`the barrier said ${passed.kind}`);
      for (const row of rows) {
        const content = render(row);
        if (content.type === 'text') said.push({ seq: row.seq, text: content.text });
      }
      const outcomes = [...passed.attempts].map(([seq, attempt]) =>
        settlement(seq, attempt, { providerId: `wamid.${dispatchId}.${seq}`, ...outcomeOf(seq) }),
      );
      await this.fixture.get(SettleRepository).settle(batch, outcomes);
      await batches.release(batch, null);
    }
  }

  async started(fields: object, tag: string): Promise<string> {
    const id = await this.fixture.createCampaign({
      audience: { tags: [tag] },
      channelIds: [this.channelId],
      ...fields,
    });
    const { status, text } = await this.fixture.start(id);
    expect(status, text).toBe(202);
    await this.fixture.prepare(id);
    return id;
  }

  /** These become read, as their provider would say. */
  async read(id: string, seqs: readonly number[]): Promise<void> {
    const dispatchId = await this.fixture.dispatchOf(id);
    await this.fixture.sql.query(
      `WITH moved AS (
         UPDATE messages SET state = 'read', delivered_at = now(), read_at = now()
         WHERE dispatch_id = $1 AND seq = ANY($2::int[]) AND state = 'accepted' RETURNING workspace_id
       )
       INSERT INTO dispatch_counters (workspace_id, dispatch_id, slot, accepted, read)
       SELECT workspace_id, $1, 15, -count(*), count(*) FROM moved GROUP BY workspace_id`,
      [dispatchId, seqs],
    );
  }

  /** Somebody writes to the number, so many seconds after the message to them began. */
  async replied(row: VariantRow, afterSeconds: number): Promise<void> {
    await this.fixture.sql.query(
      `WITH talk AS (
         INSERT INTO conversations (workspace_id, channel_id, contact_id, recipient, last_inbound_at, last_message_at, last_text)
         SELECT workspace_id, $1, id, recipient, now() + $3 * interval '1 s', now(), 'sí' FROM contacts WHERE id = $2
         ON CONFLICT (contact_id, channel_id) DO UPDATE SET last_inbound_at = EXCLUDED.last_inbound_at
         RETURNING workspace_id, contact_id
       )
       INSERT INTO inbound_messages (workspace_id, channel_id, contact_id, provider_id, at, type, text, body, event_id)
       SELECT workspace_id, $1, contact_id, gen_random_uuid()::text, now() + $3 * interval '1 s', 'text', 'sí', '{}', 1 FROM talk`,
      [row.channel_id, row.contact_id, afterSeconds],
    );
  }

  async variantsOf(id: string) {
    const { status, body, text } = await this.fixture.call('GET', `/api/campaigns/${id}/variants`);
    expect(status, text).toBe(200);
    return body;
  }
}
