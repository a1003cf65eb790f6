import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { addContacts, startCampaign, untilStatus } from '../support/bench-campaigns.js';
import type { BenchServices } from '../support/bench-services.js';
import { withRig } from '../support/bench-rig.js';
import { meanPerSecond, mostIn } from '../support/figures.js';

const WORKERS = 4;
const SECOND_MS = 1000;

export interface Pace {
  readonly most: number;
  readonly mean: number;
}

export interface RealRun {
  /** By the instants that the workers began their calls at. */
  readonly workers: Pace;
  /** By the instants that the provider got them at. */
  readonly provider: Pace;
  /** Workers that took part. */
  readonly senders: number;
  /** Messages that passed the barrier and were handed back, too late for their instant: what a busy box costs. */
  readonly lateSlots: number;
}

/** A campaign as long as asked on one channel with a limit a second, worked by four processes. */
export async function runRealWorkers(perSecond: number, seconds: number): Promise<RealRun> {
  const traced = { environment: ({ directory }: BenchServices) => tracing(directory) };
  return withRig({ workers: WORKERS, ...traced }, async (rig) => {
    const folder = traceFolder(rig.services.directory);
    await mkdir(folder, { recursive: true });
    const messages = perSecond * seconds;
    await addContacts(rig, 'throttle', messages, 10_000_000);
    const channel = await rig.provider.addChannel(rig.api, { perSecond });
    const { id, dispatchId } = await startCampaign(rig, 'throttle', [channel.id]);
    await untilStatus(rig, id, 'completed', seconds * 4 * SECOND_MS + 120_000);
    const calls = await rig.provider.calls({ phoneNumberId: channel.phoneNumberId });
    const received = calls.map((call) => call.receivedAtMs);
    const { rows } = await rig.database.query<{ late: number }>(
      'SELECT (sum(attempt) - count(*))::int AS late FROM messages WHERE dispatch_id = $1',
      [dispatchId],
    );
    await rig.stopWorkers();
    const begun = await Promise.all((await readdir(folder)).map((file) => instantsIn(join(folder, file))));
    const all = begun.flat();
    if (all.length !== received.length || all.length !== messages) {
      throw new Error(
        `${messages} messages, ${all.length} begun by the workers, ${received.length} at the provider`,
      );
    }
    return {
      workers: paceOf(all),
      provider: paceOf(received),
      senders: begun.length,
      lateSlots: rows[0]!.late,
    };
  });
}

function paceOf(instantsMs: readonly number[]): Pace {
  return { most: mostIn(instantsMs, SECOND_MS), mean: meanPerSecond(instantsMs) };
}

function traceFolder(directory: string): string {
  return join(directory, 'instants');
}

function tracing(directory: string): Record<string, string> {
  const module = pathToFileURL(join(import.meta.dirname, 'send-trace.js'));
  module.searchParams.set('folder', traceFolder(directory));
  return { NODE_OPTIONS: `--import=${module.href}` };
}

/** In milliseconds, with the nanoseconds in the fraction as far as a number holds them. */
async function instantsIn(file: string): Promise<number[]> {
  const lines = (await readFile(file, 'utf8')).trim().split('\n');
  return lines.map((line) => Number(BigInt(line) / 1000n) / 1000);
}
