import type { Bench, BenchOptions, BenchReport } from '../bench.js';
import { until } from '../support/bench-campaigns.js';
import { cpuMsOf, cpuMsOfFamily, postmasterPid } from '../support/cpu-time.js';
import { p99, rounded } from '../support/figures.js';
import { median } from '../support/machine.js';
import { STATUSES_OF_A_MESSAGE } from '../webhooks/status-request.js';
import { expectRows, untilEffects, type EffectTimes } from './effects.js';
import { postTraffic, withInboundRig, type InboundRig } from './inbound-rig.js';
import type { TrafficFigures } from './traffic.js';

const CONNECTIONS = 200;
/** The first of them go to code that is not compiled yet. */
const WARM_UP_S = 5;
const LIMIT_MS = 2000;

/** From the instant at which a message was to be posted until all that it brings about has begun, in a storm of statuses. */
export const INBOUND_BENCH: Bench = {
  name: 'inbound',
  about:
    'what people write, from the post to its row, its rules, its answer and the webhook out, beside statuses',
  defaults: { rate: 100, statuses: 3000, seconds: 30 },
  run: runInbound,
};

interface Counted {
  readonly storedMs: readonly number[];
  readonly repliedMs: readonly number[];
  readonly toldMs: readonly number[];
  /** The last effect of each message. */
  readonly effectsMs: readonly number[];
  readonly answerMs: readonly number[];
}

async function runInbound(
  { rate = 0, statuses = 0, seconds = 0 }: BenchOptions,
  say: (line: string) => void,
): Promise<BenchReport> {
  const lasts = WARM_UP_S + seconds;
  const people = rate * lasts;
  const messages = Math.ceil((statuses * lasts) / STATUSES_OF_A_MESSAGE);
  return withInboundRig({ people, messages }, async (rig) => {
    const { router, worker, channel, dispatchId } = rig;
    const { appSecret, phoneNumberId } = channel;
    const cpuBefore = cpuOf(rig);
    const traffic = await postTraffic({
      appSecret,
      phoneNumberId,
      dispatchId,
      port: Number(new URL(router.url).port),
      inboundPerSecond: rate,
      statusesPerSecond: statuses,
      seconds: lasts,
      connections: CONNECTIONS,
    });
    const backlog = await backlogOf(rig);
    if (traffic.refused > 0) throw new Error(`${traffic.refused} webhooks were refused`);
    say(
      `posted: ${rounded(traffic.statusesPerSecond)} statuses a second; ${backlog} webhooks are left to be applied`,
    );
    const cpu = cpuOf(rig).map((ms, nth) => Math.round((ms - cpuBefore[nth]!) / 10 / lasts));
    say(`CPU, of a core: router ${cpu[0]} %, worker ${cpu[1]} %, Postgres ${cpu[2]} %`);
    const counted = countedOf(traffic, await untilEffects(rig, people), rate * WARM_UP_S);
    await expectRows(rig, people);
    await expectStatuses(rig, statuses * lasts);
    return reportOf(counted, traffic, {
      backlog,
      workerRssMb: await worker.rssMb(),
      routerRssMb: await router.rssMb(),
    });
  });
}

/** Without those of the warm-up. */
function countedOf(
  { writtenAtMs, answerMs }: TrafficFigures,
  times: readonly EffectTimes[],
  first: number,
): Counted {
  const seen = times.map((one, nth) => ({ ...one, writtenAtMs: writtenAtMs[nth]! })).slice(first);
  return {
    storedMs: seen.map((one) => one.storedMs - one.writtenAtMs),
    toldMs: seen.map((one) => one.toldMs - one.writtenAtMs),
    repliedMs: seen.flatMap((one) => (one.repliedMs === undefined ? [] : [one.repliedMs - one.writtenAtMs])),
    effectsMs: seen.map((one) => Math.max(one.storedMs, one.toldMs, one.repliedMs ?? 0) - one.writtenAtMs),
    answerMs: answerMs.slice(first),
  };
}

function cpuOf({ rig, router, worker }: InboundRig): number[] {
  const postgres = postmasterPid(rig.services.directory);
  return [cpuMsOf(router.pid), cpuMsOf(worker.pid), cpuMsOfFamily(postgres)];
}

async function backlogOf({ rig: { database } }: InboundRig): Promise<number> {
  const { rows } = await database.query<{ n: number }>('SELECT count(*)::int AS n FROM webhook_backlog');
  return rows[0]!.n;
}

/** Every status is applied once, too. */
async function expectStatuses(rig: InboundRig, statuses: number): Promise<void> {
  await until('the statuses to be applied', async () => ((await backlogOf(rig)) === 0 ? true : undefined));
  const { rows } = await rig.rig.database.query<{ read: number }>(
    'SELECT sum(read)::int AS read FROM dispatch_counters WHERE dispatch_id = $1',
    [rig.dispatchId],
  );
  const read = Math.floor(statuses / STATUSES_OF_A_MESSAGE);
  if (rows[0]!.read !== read) throw new Error(`${rows[0]!.read} messages are read, and not ${read}`);
}

function reportOf(
  { storedMs, repliedMs, toldMs, effectsMs, answerMs }: Counted,
  { inboundPerSecond, statusesPerSecond }: TrafficFigures,
  { backlog, workerRssMb, routerRssMb }: { backlog: number; workerRssMb: number; routerRssMb: number },
): BenchReport {
  const figures = {
    effectsP99Ms: rounded(p99(effectsMs)),
    effectsP50Ms: rounded(median(effectsMs)),
    storedP99Ms: rounded(p99(storedMs)),
    replyP99Ms: rounded(p99(repliedMs)),
    webhookOutP99Ms: rounded(p99(toldMs)),
    answerP99Ms: rounded(p99(answerMs)),
    inboundPerSecond: rounded(inboundPerSecond),
    statusesPerSecond: Math.round(statusesPerSecond),
    backlogAtEnd: backlog,
    rssMb: Math.max(workerRssMb, routerRssMb),
    workerRssMb,
    routerRssMb,
  };
  const row = (what: string, ms: readonly number[], limitMs: number): string[] => [
    what,
    `${rounded(median(ms))} ms`,
    `${rounded(p99(ms))} ms`,
    `${limitMs} ms`,
  ];
  return {
    figures,
    rows: [
      ['', 'median', 'p99', 'limit of p99'],
      row('the last of all effects', effectsMs, LIMIT_MS),
      row('its row, contact, tags and opt-out committed', storedMs, LIMIT_MS),
      row('its answer at the provider', repliedMs, LIMIT_MS),
      row('its webhook at the subscriber', toldMs, LIMIT_MS),
      row('the webhook answered 200', answerMs, 250),
      [
        'messages and statuses, a second',
        rounded(inboundPerSecond).toString(),
        String(figures.statusesPerSecond),
        '',
      ],
      ['webhooks left when the last was posted', String(backlog), '', ''],
      ['memory of the worker and of the router', `${workerRssMb} MiB`, `${routerRssMb} MiB`, '350 MiB'],
    ],
  };
}
