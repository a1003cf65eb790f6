import { setTimeout as delay } from 'node:timers/promises';
import type { Bench, BenchOptions, BenchReport } from '../bench.js';
import { addContacts } from '../support/bench-campaigns.js';
import { withRig, type BenchRig } from '../support/bench-rig.js';
import { benchTemplate } from '../support/bench-template.js';
import { rounded } from '../support/figures.js';

/** Whether a full hour, at which half of all campaigns are due, is kept. */
export const DUE_BENCH: Bench = {
  name: 'due',
  about: '500 campaigns due at one instant, with three workers: until the last has started, each once',
  defaults: { campaigns: 500, recipients: 20, workers: 3 },
  run: runDue,
};

/** For five hundred. */
const STARTED_LIMIT_S = 5;
/** For the campaigns to be made, and for the workers to be idle when their time comes. */
const LEAD_MS = 20_000;
const LOOK_EVERY_MS = 20;
const MOST_WAIT_MS = 300_000;
const TAG = 'due';
const FIRST_NUMBER = 10_000_000;

interface DueRun {
  readonly startedMs: number;
  readonly sentMs: number;
  readonly dispatches: number;
}

async function runDue(
  { campaigns = 0, recipients = 0, workers = 0 }: BenchOptions,
  say: (line: string) => void,
): Promise<BenchReport> {
  return withRig({ workers }, async (rig) => {
    await addContacts(rig, TAG, recipients, FIRST_NUMBER);
    const channel = await rig.provider.addChannel(rig.api, {});
    const dueAtMs = Date.now() + LEAD_MS;
    await schedule(rig, channel.id, campaigns, dueAtMs);
    say(`${campaigns} campaigns of ${recipients} recipients wait for their time`);
    await delay(dueAtMs - Date.now());
    return reportOf(await started(rig, campaigns, dueAtMs), campaigns, workers);
  });
}

/** One as a person makes it, the others as its copies: making campaigns is not what is measured. */
async function schedule(
  { api, database }: BenchRig,
  channelId: string,
  campaigns: number,
  dueAtMs: number,
): Promise<void> {
  const { id } = await api.call<{ id: string }>('POST', '/api/campaigns', {
    name: 'bench due',
    content: benchTemplate('{{nombre|cliente}}'),
    audience: { tags: [TAG] },
    channelIds: [channelId],
    scheduledAt: new Date(dueAtMs).toISOString(),
  });
  await database.query(
    `INSERT INTO campaigns (workspace_id, name, status, content, audience, channel_ids, status_by, due_at)
     SELECT workspace_id, name, status, content, audience, channel_ids, status_by, due_at
     FROM campaigns, generate_series(2, $2) WHERE id = $1`,
    [id, campaigns],
  );
  await database.query('VACUUM ANALYZE campaigns');
}

/** As anybody sees it who looks: a start counts when it is committed. */
async function started({ database }: BenchRig, campaigns: number, dueAtMs: number): Promise<DueRun> {
  const when = async (what: string, condition: string): Promise<number> => {
    const endMs = Date.now() + MOST_WAIT_MS;
    for (;;) {
      const { rows } = await database.query<{ n: number }>(
        `SELECT count(*)::int AS n FROM campaigns WHERE ${condition}`,
      );
      if (rows[0]!.n === 0) return Date.now() - dueAtMs;
      if (Date.now() > endMs) throw new Error(`${rows[0]!.n} of ${campaigns} campaigns have not ${what}`);
      await delay(LOOK_EVERY_MS);
    }
  };
  const startedMs = await when('started', `status = 'scheduled'`);
  const sentMs = await when('ended', `status <> 'completed'`);
  const { rows } = await database.query<{ started: number; dispatches: number }>(
    `SELECT count(DISTINCT c.id)::int AS started, count(*)::int AS dispatches
     FROM campaigns c JOIN dispatches d ON d.campaign_id = c.id`,
  );
  const { started: distinct, dispatches } = rows[0]!;
  if (distinct !== campaigns || dispatches !== campaigns) {
    throw new Error(
      `${dispatches} runs of ${distinct} campaigns were begun, wanted one of each of ${campaigns}`,
    );
  }
  return { startedMs, sentMs, dispatches };
}

function reportOf(run: DueRun, campaigns: number, workers: number): BenchReport {
  const figures = {
    startedSeconds: rounded(run.startedMs / 1000, 2),
    completedSeconds: rounded(run.sentMs / 1000, 2),
    runs: run.dispatches,
  };
  return {
    figures,
    rows: [
      ['from the instant', `${campaigns} campaigns, ${workers} workers`, 'limit'],
      ['until the last has started', `${figures.startedSeconds} s`, `${STARTED_LIMIT_S} s`],
      ['until all are completed', `${figures.completedSeconds} s`, ''],
      ['runs begun', String(figures.runs), `${campaigns}: each once`],
    ],
  };
}
