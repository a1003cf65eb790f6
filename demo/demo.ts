import { ControlClient } from '../src/simulator/control-client.js';
import { ApiClient } from './api-client.js';
import { startCampaign } from './campaign-step.js';
import { receipts, recipientRows } from './evidence.js';
import { importList } from './import-step.js';
import { ledgerFaults } from './ledger-faults.js';
import type { DemoOptions } from './options.js';
import { reconcile } from './reconcile.js';
import type { Screen } from './screen.js';
import { watchSending } from './sending-step.js';
import type { ServerChild } from './server-child.js';
import { awaitStatuses } from './settling-step.js';
import { summarise, summaryTable, type DemoSummary } from './summary.js';

export interface DemoResult {
  readonly summary: DemoSummary;
  /** What does not add up, in words. */
  readonly faults: readonly string[];
}

export interface Stage {
  readonly server: ServerChild;
  readonly directory: string;
  readonly screen: Screen;
  readonly signal: AbortSignal;
}

/** The way of a campaign from a CSV to a reconciled result, on a server that is coming up. */
export async function playDemo(
  { server, directory, screen, signal }: Stage,
  { contacts, rate, seed }: DemoOptions,
): Promise<DemoResult> {
  screen.heading('1  Caudal with its own Postgres and Redis');
  await server.healthy(signal);
  screen.line(`  listens on ${server.url}`);
  const api = new ApiClient(server.url, await server.adminKey(), signal);
  const simulator = new ControlClient(server.simulatorUrl);

  screen.heading('2  A CSV comes in');
  await importList(api, screen, { contacts, seed, directory }, signal);

  screen.heading('3  A campaign goes out');
  const { id, optedOut } = await startCampaign(api, screen, { contacts, rate, seed }, signal);
  await watchSending(api, screen, { id, contacts }, signal);

  screen.heading('4  What became of it');
  const { ledger, counters, missing } = await awaitStatuses(api, simulator, screen, id, signal);
  const books = { rows: await recipientRows(api, id), receipts: await receipts(simulator) };
  const findings = reconcile({ ...books, counters, contacts, optedOut });
  const summary = summarise(findings, ledger);
  for (const line of summaryTable(summary)) screen.line(line);
  return { summary, faults: [...missing, ...findings.faults, ...ledgerFaults(ledger, rate)] };
}
