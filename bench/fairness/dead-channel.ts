import { setTimeout as delay } from 'node:timers/promises';
import { addContacts, firstCallMs, startCampaign, stopCampaign } from '../support/bench-campaigns.js';
import type { BenchRig } from '../support/bench-rig.js';
import type { SimulatedChannel } from '../support/simulated-provider.js';

const CHANNELS = 20;
const PER_SECOND = 20;
/** All channels have to be found and opened first; a dead one is dead from the first call on. */
const SETTLE_MS = 3000;
const SPARE_S = 20;
/** Workers that have just started are late at many instants: a run that is not looked at comes first. */
const WARM_UP_S = 10;

export interface DeadChannel {
  /** Of the nineteen that are compared, together, in a second. */
  readonly besideDead: number;
  readonly allGood: number;
  readonly limit: number;
}

/** What nineteen channels of a campaign do while the twentieth answers nothing, and while it is as good as they are. */
export async function deadAmongTwenty(rig: BenchRig, seconds: number): Promise<DeadChannel> {
  const tag = 'pool';
  await addContacts(rig, tag, CHANNELS * PER_SECOND * (seconds + SPARE_S), 30_000_000);
  const nobody = async (): Promise<void> => undefined;
  await nineteen(rig, tag, WARM_UP_S, nobody);
  const allGood = await nineteen(rig, tag, seconds, nobody);
  const besideDead = await nineteen(rig, tag, seconds, async ({ phoneNumberId }) => {
    // Each call to it is open until its deadline, ten seconds: the dearest way to be dead.
    await rig.provider.control.addFault({ kind: 'hang', phoneNumberId, processed: false });
  });
  await rig.provider.control.clearFaults();
  return { allGood, besideDead, limit: (CHANNELS - 1) * PER_SECOND };
}

async function nineteen(
  rig: BenchRig,
  tag: string,
  seconds: number,
  ruin: (channel: SimulatedChannel) => Promise<void>,
): Promise<number> {
  const channels: SimulatedChannel[] = [];
  while (channels.length < CHANNELS) {
    channels.push(await rig.provider.addChannel(rig.api, { perSecond: PER_SECOND }));
  }
  const [other, ...compared] = channels;
  await ruin(other!);
  const campaign = await startCampaign(
    rig,
    tag,
    channels.map(({ id }) => id),
  );
  const fromMs = (await firstCallMs(rig, campaign)) + SETTLE_MS;
  const toMs = fromMs + seconds * 1000;
  await delay(toMs - Date.now());
  const calls = await rig.provider.calls({ callbackPrefix: `${campaign.dispatchId}:` });
  await stopCampaign(rig, campaign);
  const numbers = new Set(compared.map(({ phoneNumberId }) => phoneNumberId));
  const sent = calls.filter(
    ({ phoneNumberId, receivedAtMs }) =>
      numbers.has(phoneNumberId) && receivedAtMs >= fromMs && receivedAtMs < toMs,
  );
  return sent.length / seconds;
}
