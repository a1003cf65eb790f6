import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { closeBooks } from './books.js';
import { Dice, isFull, isSoak, seeds } from './dice.js';
import { HostsStage, noHosts, PROVIDER_NAME } from './hosts-stage.js';
import { callsOf, untilCalls, untilStatus } from './scene.js';
import { openSilentResolver, type SilentResolver } from './silent-resolver.js';

const MESSAGES = 600;
const OUTAGE_MS = isSoak ? 60_000 : 2500;
const WAIT = { timeout: 60_000, interval: 25 };

describe.runIf(isFull && noHosts === undefined)('the provider’s name cannot be resolved', () => {
  const stage = HostsStage.set();

  const cases = (['refuses', 'says nothing'] as const).flatMap((resolver) =>
    seeds.map((seed) => ({ resolver, seed })),
  );

  it.each(cases)(
    'F-42 the resolver $resolver: nothing is sent, no try is spent, and it goes on by itself [seed $seed]',
    async ({ resolver, seed }) => {
      const dice = new Dice('F-42', seed);
      const { stack, hosts } = stage;
      const campaignId = await stage.createCampaign(MESSAGES, { statusDelayMs: 20, latencyMs: 30 });
      await stack.start(campaignId);
      await untilCalls(stack, campaignId, Math.round(MESSAGES * dice.between(0.1, 0.3)));
      // At a moment without open calls: what is cut in the middle of a call is another fault than this one.
      await stack.api.post(`/api/campaigns/${campaignId}/queue-pause`);
      await untilStatus(stack, campaignId, 'paused');
      const silents: SilentResolver[] = [];
      for (const host of hosts) {
        if (resolver === 'says nothing') {
          const silent = await openSilentResolver(host.gateway);
          onTestFinished(() => silent.close());
          silents.push(silent);
        }
        host.writeFile('hosts', '127.0.0.1 localhost\n');
        host.ways.provider.cut();
      }
      const calls = await callsOf(stack, campaignId);
      await stack.api.post(`/api/campaigns/${campaignId}/queue-resume`);
      const askedMs = performance.now();
      await expect.poll(async () => (await stack.status(campaignId)).reason?.code, WAIT).toBe('breaker_open');
      const openedMs = performance.now() - askedMs;
      await delay(OUTAGE_MS);
      expect(await callsOf(stack, campaignId)).toBe(calls);
      // One worker's calls may be enough to open the breaker for both.
      const questions = silents.reduce((sum, silent) => sum + silent.questions(), 0);
      expect(questions > 0).toBe(resolver === 'says nothing');
      for (const host of hosts) host.writeFile('hosts', `${host.gateway} ${PROVIDER_NAME}\n`);
      const resolvesMs = performance.now();
      await untilCalls(stack, campaignId, calls + 1);
      const recoveredMs = performance.now() - resolvesMs;

      const { progress, ledger } = await closeBooks(dice, stack, campaignId, {
        'breaker open after ms': Math.round(openedMs),
        'recovered ms': Math.round(recoveredMs),
      });
      expect([ledger.accepted, progress.unknown, progress.failed]).toEqual([MESSAGES, 0, 0]);
      const [spent] = await stack.ledger.sql.query<{ most: number }>(
        'SELECT max(tries)::int AS most FROM messages WHERE dispatch_id = $1',
        [await stack.dispatchOf(campaignId)],
      );
      expect(spent!.most).toBe(0);
    },
    OUTAGE_MS + 120_000,
  );
});
