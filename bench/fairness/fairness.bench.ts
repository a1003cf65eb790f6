import type { Bench, BenchOptions, BenchReport } from '../bench.js';
import { withRig } from '../support/bench-rig.js';
import { rounded } from '../support/figures.js';
import { deadAmongTwenty, type DeadChannel } from './dead-channel.js';
import { smallBehindBig, type SmallBehindBig } from './small-behind-big.js';
import { weightShares, type WeightShares } from './weight-shares.js';

const WORKERS = 2;

/** What campaigns and channels do to each other: nobody waits for the huge, the heavy or the dead. */
export const FAIRNESS_BENCH: Bench = {
  name: 'fairness',
  about: 'a small campaign behind a million, two weights on one channel, one dead channel of twenty',
  defaults: { recipients: 1_000_000, seconds: 30 },
  run: runFairness,
};

async function runFairness(
  { recipients = 0, seconds = 0 }: BenchOptions,
  say: (line: string) => void,
): Promise<BenchReport> {
  return withRig({ workers: WORKERS }, async (rig) => {
    say('one dead channel of twenty');
    const dead = await deadAmongTwenty(rig, seconds);
    say('two weights on one channel');
    const shares = await weightShares(rig, seconds);
    say('a small campaign behind a big one');
    const small = await smallBehindBig(rig, recipients);
    return reportOf(small, shares, dead, recipients);
  });
}

function reportOf(
  small: SmallBehindBig,
  shares: WeightShares,
  dead: DeadChannel,
  recipients: number,
): BenchReport {
  const figures = {
    smallFirstSendMs: Math.round(Math.max(small.whilePreparingMs, small.whileSendingMs)),
    shareError: rounded(shares.error, 3),
    goodChannelsLossPercent: rounded((1 - dead.besideDead / dead.allGood) * 100),
    smallWhilePreparingMs: Math.round(small.whilePreparingMs),
    smallWhileSendingMs: Math.round(small.whileSendingMs),
    sentByWeight1: shares.sent[0]!,
    sentByWeight3: shares.sent[1]!,
    nineteenBesideDeadPerSecond: rounded(dead.besideDead),
    nineteenOfGoodPerSecond: rounded(dead.allGood),
  };
  const behind = `100 behind ${recipients.toLocaleString('en')}`;
  return {
    figures,
    rows: [
      ['', 'measured', 'limit or rival'],
      [`${behind}, being prepared: first send`, `${figures.smallWhilePreparingMs} ms`, '3,000 ms'],
      [`${behind}, being sent: first send`, `${figures.smallWhileSendingMs} ms`, '3,000 ms'],
      ['weights 1 and 3', shares.sent.join(' and '), 'within 5 %'],
      ['furthest from its share', `${rounded(shares.error * 100)} %`, '5 %'],
      [
        'nineteen channels beside a dead one',
        `${figures.nineteenBesideDeadPerSecond} a second`,
        `${figures.nineteenOfGoodPerSecond} beside a good one`,
      ],
      ['lost by the nineteen', `${figures.goodChannelsLossPercent} %`, '5 %'],
    ],
  };
}
