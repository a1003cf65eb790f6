import { setTimeout as delay } from 'node:timers/promises';
import type { BenchRig } from './bench-rig.js';
import { benchTemplate } from './bench-template.js';

const LOOK_EVERY_MS = 50;
/** A campaign that has not begun by then never will: the run ends instead of waiting for ever. */
const MOST_WAIT_MS = 120_000;

export interface StartedCampaign {
  readonly id: string;
  readonly dispatchId: string;
  /** When the answer to start was there, on the wall clock. */
  readonly startedAtMs: number;
}

/** So many contacts with this tag. Straight into the table: importing is another bench. */
export async function addContacts(
  { database }: BenchRig,
  tag: string,
  count: number,
  firstNumber: number,
): Promise<void> {
  const { rows } = await database.query<{ id: string }>('SELECT id FROM workspaces LIMIT 1');
  await database.query(
    `INSERT INTO contacts (workspace_id, recipient, name, tags)
     SELECT $1, '+5255' || ($3::int + i), 'Persona ' || i, ARRAY[$4::text] FROM generate_series(1, $2) AS i`,
    [rows[0]!.id, count, firstNumber, tag],
  );
  await database.query('ANALYZE contacts');
}

/** Makes a campaign to everybody with the tag and starts it. */
export async function startCampaign(
  { api, database }: BenchRig,
  tag: string,
  channelIds: readonly string[],
  more: object = {},
): Promise<StartedCampaign> {
  const { id } = await api.call<{ id: string }>('POST', '/api/campaigns', {
    name: `bench ${tag}`,
    content: benchTemplate('{{nombre|cliente}}'),
    audience: { tags: [tag] },
    channelIds,
    ...more,
  });
  await api.call('POST', `/api/campaigns/${id}/start`);
  const startedAtMs = Date.now();
  const { rows } = await database.query<{ dispatch_id: string }>(
    'SELECT dispatch_id FROM campaigns WHERE id = $1',
    [id],
  );
  return { id, dispatchId: rows[0]!.dispatch_id, startedAtMs };
}

/** When the provider got its first call, on the provider's clock. */
export async function firstCallMs({ provider }: BenchRig, { dispatchId }: StartedCampaign): Promise<number> {
  return until(`a call of dispatch ${dispatchId}`, async () => {
    const { items } = await provider.control.ledgerPage({
      callbackPrefix: `${dispatchId}:`,
      everyCall: true,
      limit: 1,
    });
    return items[0]?.receivedAtMs;
  });
}

export async function untilStatus(
  { api }: BenchRig,
  id: string,
  wanted: string,
  withinMs?: number,
): Promise<void> {
  const look = async (): Promise<true | undefined> => {
    const { status } = await api.call<{ status: string }>('GET', `/api/campaigns/${id}`);
    return status === wanted ? true : undefined;
  };
  await until(`campaign ${id} to be ${wanted}`, look, withinMs);
}

export async function stopCampaign(rig: BenchRig, { id }: StartedCampaign): Promise<void> {
  await rig.api.call('POST', `/api/campaigns/${id}/queue-stop`);
  await untilStatus(rig, id, 'stopped');
}

export async function untilCalls(
  { provider }: BenchRig,
  campaign: StartedCampaign,
  count: number,
): Promise<void> {
  await until(`${count} calls of dispatch ${campaign.dispatchId}`, async () => {
    const { calls } = await provider.control.summary({ callbackPrefix: `${campaign.dispatchId}:` });
    return calls >= count ? true : undefined;
  });
}

export async function until<T>(
  what: string,
  look: () => Promise<T | undefined>,
  withinMs = MOST_WAIT_MS,
): Promise<T> {
  const endMs = performance.now() + withinMs;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (performance.now() > endMs) throw new Error(`waited ${withinMs} ms in vain for ${what}`);
    await delay(LOOK_EVERY_MS);
  }
}
