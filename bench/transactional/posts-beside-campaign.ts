import { setTimeout as delay } from 'node:timers/promises';
import { Pool } from 'undici';
import {
  addContacts,
  firstCallMs,
  startCampaign,
  stopCampaign,
  until,
  untilCalls,
} from '../support/bench-campaigns.js';
import type { BenchRig } from '../support/bench-rig.js';
import type { SimulatedChannel } from '../support/simulated-provider.js';
import { openLoop } from './open-loop.js';

/** More than can be open: a post never waits for a connection. */
const CONNECTIONS = 1000;
/** So long the campaign has the channel to itself, and then so long there are posts that are not looked at. */
const WARM_UP_S = 3;
const UNSEEN_S = 5;
const SPARE_S = 10;

export interface PostsPhase {
  readonly name: string;
  /** Limit of the channel that both share. */
  readonly channelPerSecond: number;
  readonly postsPerSecond: number;
  readonly seconds: number;
  /** Numbers from here on are nobody else's. */
  readonly firstNumber: number;
}

export interface PostsRun {
  /** From the intended instant to the answer. */
  readonly postMs: readonly number[];
  /** From the intended instant until the provider had the message. */
  readonly toProviderMs: readonly number[];
  readonly answeredPerSecond: number;
  /** Of everything on the channel while there were posts: that the campaign did take the rest. */
  readonly channelPerSecond: number;
}

/** Single messages at a fixed pace on a channel that a campaign fills. */
export async function postBesideCampaign(rig: BenchRig, phase: PostsPhase): Promise<PostsRun> {
  const { api, provider } = rig;
  const { channelPerSecond, postsPerSecond, seconds, firstNumber } = phase;
  const channel = await provider.addChannel(api, { perSecond: channelPerSecond });
  const recipients = channelPerSecond * (WARM_UP_S + UNSEEN_S + seconds + SPARE_S);
  await addContacts(rig, phase.name, recipients, firstNumber);
  const campaign = await startCampaign(rig, phase.name, [channel.id]);
  await firstCallMs(rig, campaign);
  await untilCalls(rig, campaign, channelPerSecond * WARM_UP_S);

  const posts = new Pool(api.url, { connections: CONNECTIONS, pipelining: 1 });
  const numberOf = (nth: number): string => `5255${firstNumber + recipients + 1 + nth}`;
  try {
    const loop = await openLoop(postsPerSecond, UNSEEN_S + seconds, async (nth) => {
      const { statusCode, body } = await posts.request({
        method: 'POST',
        path: '/api/messages',
        headers: { authorization: `Bearer ${rig.services.adminKey}`, 'content-type': 'application/json' },
        body: JSON.stringify({ phone: `+${numberOf(nth)}`, message: 'Tu código', channelId: channel.id }),
      });
      const text = await body.text();
      if (statusCode !== 202) throw new Error(`a post was answered ${statusCode}: ${text}`);
    });
    const unseen = postsPerSecond * UNSEEN_S;
    const seenMs = loop.intendedMs.slice(unseen);
    const singles = new Map(seenMs.map((dueMs, nth) => [numberOf(unseen + nth), dueMs]));
    const toProviderMs = await untilAllArrived(rig, channel, singles);
    await stopCampaign(rig, campaign);
    const [fromMs, toMs] = [seenMs[0]!, seenMs.at(-1)!];
    const all = await provider.calls({ phoneNumberId: channel.phoneNumberId });
    const during = all.filter(({ receivedAtMs }) => receivedAtMs >= fromMs && receivedAtMs < toMs);
    return {
      postMs: loop.latenciesMs.slice(unseen),
      toProviderMs,
      answeredPerSecond: seenMs.length / ((loop.answeredAtMs - fromMs) / 1000),
      channelPerSecond: (during.length * 1000) / (toMs - fromMs),
    };
  } finally {
    await posts.close();
  }
}

/** How long each single message took, once the channel's streams have none left to send. */
async function untilAllArrived(
  { provider, database }: BenchRig,
  channel: SimulatedChannel,
  singles: ReadonlyMap<string, number>,
): Promise<number[]> {
  await until('the single messages to be sent', async () => {
    // One look at the books a quarter of a second, not at the ledger of the provider: that is large by now.
    await delay(250);
    const { rows } = await database.query<{ left: number }>(
      `SELECT count(*)::int AS left FROM messages
       WHERE channel_id = $1 AND state IN ('pending', 'inflight')
         AND dispatch_id IN (SELECT id FROM dispatches WHERE kind = 'stream')`,
      [channel.id],
    );
    return rows[0]!.left === 0 ? true : undefined;
  });
  const calls = await provider.calls({ phoneNumberId: channel.phoneNumberId });
  const tookMs = calls.flatMap(({ to, receivedAtMs }) => {
    const dueMs = singles.get(to.replace(/\D/g, ''));
    return dueMs === undefined ? [] : [receivedAtMs - dueMs];
  });
  if (tookMs.length === singles.size) return tookMs;
  throw new Error(`${tookMs.length} of ${singles.size} single messages came to the provider`);
}
