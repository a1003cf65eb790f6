import type { Bench, BenchOptions, BenchReport } from '../bench.js';
import { startCaudalServer, type CaudalServer } from '../support/caudal-server.js';
import { rounded } from '../support/figures.js';
import { median } from '../support/machine.js';
import { applyBacklog, type Application } from './applied-backlog.js';
import type { LoadFigures } from './load.js';
import { STATUSES_OF_A_MESSAGE } from './status-request.js';
import { load, startBareHandler, startWebhookRig, type WebhookRig } from './webhook-rig.js';

const CONNECTIONS = 200;
/** Made and signed beforehand, so they are in memory: a run is this long. */
const EVENTS_OF_A_RUN = 100_000;
/** Of each run at the bare handler: its rate is known sooner than that of a server whose memory is watched. */
const BARE_SHARE = 4;
/** The first of them go to code that is not compiled yet. */
const WARM_UP = 5000;
const MEMORY_LIMIT_MB = 350;

interface Intake {
  readonly bare: LoadFigures[];
  readonly caudal: LoadFigures[];
  /** Of the process, after each run. */
  readonly rssMb: number[];
}

/** What comes in a second, durable before it is answered, beside a handler that keeps nothing; then how fast it is applied. */
export const WEBHOOKS_BENCH: Bench = {
  name: 'webhooks',
  about:
    'signed status webhooks: the intake of one router process beside a bare handler, and their application',
  defaults: { events: 1_000_000 },
  run: runWebhooks,
};

async function runWebhooks({ events = 0 }: BenchOptions, say: (line: string) => void): Promise<BenchReport> {
  const runs = Math.max(1, Math.round(events / EVENTS_OF_A_RUN));
  const eventsOfARun = Math.floor(events / runs);
  const rig = await startWebhookRig(Math.ceil((runs * eventsOfARun + WARM_UP) / STATUSES_OF_A_MESSAGE));
  try {
    const intake = await takeIn(rig, runs, eventsOfARun, say);
    say('the backlog is being applied');
    return reportOf(intake, await applyBacklog(rig, runs * eventsOfARun + WARM_UP));
  } finally {
    await rig.stop();
  }
}

/** Runs of both take turns, so that what else the machine does falls on both. */
async function takeIn(
  { services, sender }: WebhookRig,
  runs: number,
  count: number,
  say: (line: string) => void,
): Promise<Intake> {
  const intake: Intake = { bare: [], caudal: [], rssMb: [] };
  const bare = await startBareHandler(sender.appSecret);
  let router: CaudalServer | undefined;
  try {
    router = await startCaudalServer(services, { CAUDAL_ROLES: 'router' });
    const port = Number(new URL(router.url).port);
    await load({ ...sender, port: bare.port, first: 0, count: WARM_UP, connections: CONNECTIONS });
    await load({ ...sender, port, first: 0, count: WARM_UP, connections: CONNECTIONS });
    for (let run = 0; run < runs; run += 1) {
      const order = { ...sender, first: WARM_UP + run * count, count, connections: CONNECTIONS };
      intake.bare.push(await load({ ...order, count: Math.ceil(count / BARE_SHARE), port: bare.port }));
      intake.caudal.push(await load({ ...order, port }));
      intake.rssMb.push(await router.rssMb());
      const [bareRun, caudalRun] = [intake.bare.at(-1)!, intake.caudal.at(-1)!];
      say(
        `run ${run + 1}: bare ${Math.round(bareRun.perSecond)}/s, Caudal ${Math.round(caudalRun.perSecond)}/s, ` +
          `p99 ${rounded(caudalRun.p99Ms)} ms, ${intake.rssMb.at(-1)} MiB`,
      );
      if (bareRun.refused + caudalRun.refused > 0) throw new Error('webhooks were refused');
    }
  } finally {
    await router?.stop();
    await bare.stop();
  }
  return intake;
}

function reportOf({ bare, caudal, rssMb }: Intake, application: Application): BenchReport {
  const perSecond = median(caudal.map((run) => run.perSecond));
  const [rssStartMb, rssHalfMb, rssEndMb] = [0.1, 0.5, 1].map(
    (share) => rssMb[Math.ceil(share * rssMb.length) - 1]!,
  ) as [number, number, number];
  const figures = {
    perSecond: Math.round(perSecond),
    barePerSecond: Math.round(median(bare.map((run) => run.perSecond))),
    ratioToBareHandler: rounded(median(caudal.map((run, nth) => run.perSecond / bare[nth]!.perSecond)), 2),
    p99Ms: rounded(Math.max(...caudal.map((run) => run.p99Ms))),
    appliedPerSecond: Math.round(application.perSecond),
    rssMb: Math.max(...rssMb, ...application.rssMb),
    rssStartMb,
    rssHalfMb,
    rssEndMb,
    workerRssStartMb: application.rssMb[0],
    workerRssEndMb: application.rssMb[2],
  };
  return {
    figures,
    rows: [
      ['', 'measured', 'wanted'],
      ['bare handler, a second', String(figures.barePerSecond), ''],
      ['durable before 200, a second', String(figures.perSecond), `0.5 of it: ${figures.ratioToBareHandler}`],
      ['p99 of an answer, worst run', `${figures.p99Ms} ms`, '250 ms'],
      ['applied a second', String(figures.appliedPerSecond), '3000'],
      [
        'memory of the router at 10 %, 50 %, 100 %',
        `${rssStartMb}, ${rssHalfMb}, ${rssEndMb} MiB`,
        `flat; ${MEMORY_LIMIT_MB}`,
      ],
      ['of the worker', `${application.rssMb.join(', ')} MiB`, `flat; ${MEMORY_LIMIT_MB}`],
    ],
  };
}
