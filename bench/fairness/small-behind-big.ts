import {
  addContacts,
  firstCallMs,
  startCampaign,
  stopCampaign,
  until,
  untilStatus,
} from '../support/bench-campaigns.js';
import type { BenchRig } from '../support/bench-rig.js';

const CHANNEL = { perSecond: 80 };
const SMALL = 100;
const MINUTES_TO_PREPARE = 10;

/** One after the other, each beside the big one alone. */
const SMALL_ONES = 3;

export interface SmallBehindBig {
  /** From the answer to start until the provider had its first message, at worst. */
  readonly whilePreparingMs: number;
  readonly whileSendingMs: number;
}

/** How long a campaign of a hundred waits behind a huge one on its channel: while that is being prepared, and after. */
export async function smallBehindBig(rig: BenchRig, recipients: number): Promise<SmallBehindBig> {
  const channel = await rig.provider.addChannel(rig.api, CHANNEL);
  await addContacts(rig, 'big', recipients, 10_000_000);
  await addContacts(rig, 'small', SMALL, 9_000_000);
  const big = await startCampaign(rig, 'big', [channel.id]);
  await firstCallMs(rig, big);
  const worstWaitMs = async (): Promise<number> => {
    let worst = 0;
    for (let nth = 0; nth < SMALL_ONES; nth += 1) {
      const small = await startCampaign(rig, 'small', [channel.id]);
      worst = Math.max(worst, (await firstCallMs(rig, small)) - small.startedAtMs);
      await untilStatus(rig, small.id, 'completed');
    }
    return worst;
  };
  const whilePreparingMs = await worstWaitMs();
  await until(
    'the big campaign to be prepared',
    async () => {
      const { rows } = await rig.database.query<{ total: string }>(
        'SELECT total FROM dispatches WHERE id = $1',
        [big.dispatchId],
      );
      return Number(rows[0]!.total) >= recipients ? true : undefined;
    },
    MINUTES_TO_PREPARE * 60_000,
  );
  const whileSendingMs = await worstWaitMs();
  await stopCampaign(rig, big);
  return { whilePreparingMs, whileSendingMs };
}
