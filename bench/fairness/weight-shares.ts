import { setTimeout as delay } from 'node:timers/promises';
import { addContacts, firstCallMs, startCampaign, stopCampaign } from '../support/bench-campaigns.js';
import type { BenchRig } from '../support/bench-rig.js';

const PER_SECOND = 80;
const WEIGHTS = [1, 3] as const;
/** Both have to be known to all workers first. */
const SETTLE_MS = 2000;
const SPARE_S = 15;

export interface WeightShares {
  readonly sent: readonly number[];
  /** Of the campaign that is furthest from its share, as a part of that share. */
  readonly error: number;
}

/** Two campaigns of weights 1 and 3 that both have more to send than their channel takes. */
export async function weightShares(rig: BenchRig, seconds: number): Promise<WeightShares> {
  const channel = await rig.provider.addChannel(rig.api, { perSecond: PER_SECOND });
  await addContacts(rig, 'shares', PER_SECOND * (seconds + SPARE_S), 20_000_000);
  const campaigns = await Promise.all(
    WEIGHTS.map((weight) => startCampaign(rig, 'shares', [channel.id], { weight })),
  );
  const firsts = await Promise.all(campaigns.map((campaign) => firstCallMs(rig, campaign)));
  const fromMs = Math.max(...firsts) + SETTLE_MS;
  const toMs = fromMs + seconds * 1000;
  await delay(toMs - Date.now());
  const sent = await Promise.all(
    campaigns.map(async ({ dispatchId }) => {
      const calls = await rig.provider.calls({ callbackPrefix: `${dispatchId}:` });
      return calls.filter(({ receivedAtMs }) => receivedAtMs >= fromMs && receivedAtMs < toMs).length;
    }),
  );
  await Promise.all(campaigns.map((campaign) => stopCampaign(rig, campaign)));
  const [all, weights] = [sumOf(sent), sumOf(WEIGHTS)];
  const errors = sent.map((count, nth) => Math.abs(count / ((all * WEIGHTS[nth]!) / weights) - 1));
  return { sent, error: Math.max(...errors) };
}

function sumOf(numbers: readonly number[]): number {
  return numbers.reduce((sum, one) => sum + one, 0);
}
