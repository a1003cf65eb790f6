import type { Bench, BenchOptions, BenchReport } from '../bench.js';
import { withRig } from '../support/bench-rig.js';
import { p99, rounded } from '../support/figures.js';
import { postBesideCampaign, type PostsPhase, type PostsRun } from './posts-beside-campaign.js';

const WORKERS = 2;
/** The wide channel takes so many times what is posted on it: the campaign has the rest. */
const WIDE_FACTOR = 1.2;
const NARROW_PER_SECOND = 80;
const NARROW_POSTS_PER_SECOND = 10;
const POST_LIMIT_MS = 50;

/**
 * Single messages beside a campaign that fills their channel. At 500 posts a second the channel must be wider than any
 * WhatsApp number's: a second phase looks at a few posts on one of 80 a second, where a slot is 12.9 ms.
 */
export const TRANSACTIONAL_BENCH: Bench = {
  name: 'transactional',
  about: 'POST /api/messages on a channel that a campaign saturates: the answer, and the way to the provider',
  defaults: { rate: 500, seconds: 30 },
  run: runTransactional,
};

async function runTransactional(
  { rate = 0, seconds = 0 }: BenchOptions,
  say: (line: string) => void,
): Promise<BenchReport> {
  const wide: PostsPhase = {
    name: 'wide',
    channelPerSecond: rate * WIDE_FACTOR,
    postsPerSecond: rate,
    seconds,
    firstNumber: 10_000_000,
  };
  const narrow: PostsPhase = {
    name: 'narrow',
    channelPerSecond: NARROW_PER_SECOND,
    postsPerSecond: NARROW_POSTS_PER_SECOND,
    seconds,
    firstNumber: 60_000_000,
  };
  return withRig({ workers: WORKERS }, async (rig) => {
    const runs: PostsRun[] = [];
    for (const phase of [wide, narrow]) {
      say(`${phase.postsPerSecond} posts a second on a channel of ${phase.channelPerSecond} a second`);
      runs.push(await postBesideCampaign(rig, phase));
    }
    return reportOf(wide, narrow, runs[0]!, runs[1]!);
  });
}

/** The larger of a second and two token intervals. */
function toProviderLimitMs({ channelPerSecond }: PostsPhase): number {
  return Math.max(1000, 2000 / channelPerSecond);
}

function reportOf(wide: PostsPhase, narrow: PostsPhase, onWide: PostsRun, onNarrow: PostsRun): BenchReport {
  const figures = {
    toProviderP99Ms: rounded(Math.max(p99(onWide.toProviderMs), p99(onNarrow.toProviderMs))),
    postP99Ms: rounded(Math.max(p99(onWide.postMs), p99(onNarrow.postMs))),
    perSecond: rounded(onWide.answeredPerSecond),
    wideToProviderP99Ms: rounded(p99(onWide.toProviderMs)),
    widePostP99Ms: rounded(p99(onWide.postMs)),
    wideChannelPerSecond: rounded(onWide.channelPerSecond),
    narrowToProviderP99Ms: rounded(p99(onNarrow.toProviderMs)),
    narrowPostP99Ms: rounded(p99(onNarrow.postMs)),
    narrowChannelPerSecond: rounded(onNarrow.channelPerSecond),
  };
  const rowsOf = (phase: PostsPhase, run: PostsRun): string[][] => [
    [
      `${phase.postsPerSecond} posts a second, to the answer, p99`,
      `${rounded(p99(run.postMs))} ms`,
      `${POST_LIMIT_MS} ms`,
    ],
    [
      `${phase.postsPerSecond} posts a second, to the provider, p99`,
      `${rounded(p99(run.toProviderMs))} ms`,
      `${toProviderLimitMs(phase)} ms`,
    ],
    [
      'all on the channel meanwhile',
      `${rounded(run.channelPerSecond)} a second`,
      `${phase.channelPerSecond} a second`,
    ],
  ];
  return {
    figures,
    rows: [['', 'measured', 'limit'], ...rowsOf(wide, onWide), ...rowsOf(narrow, onNarrow)],
  };
}
