import { expect } from 'vitest';
import type { FullAudit } from '../support/auditor.js';
import type { Stack } from '../support/stack.js';
import { closeBooks } from './books.js';
import type { Dice, Figures } from './dice.js';
import { untilCalls, untilStatus } from './scene.js';

export interface RedisProof {
  readonly messages: number;
  readonly perSecond: number;
  /** Breaks Redis and mends it; returns when it is mended. */
  readonly fail: (campaignId: string) => Promise<Figures> | Promise<void>;
}

const usedOf = new WeakMap<Stack, number>();

/** A campaign to numbers that no proof of the stack has used yet. */
export async function limitedCampaign(stack: Stack, messages: number, perSecond: number): Promise<string> {
  const used = usedOf.get(stack) ?? 0;
  usedOf.set(stack, used + messages);
  const channelId = await stack.createChannel({ statusDelayMs: 20 }, { perSecond });
  return stack.createCampaign(messages, channelId, used);
}

/** A limited campaign in which Redis fails at a drawn moment: all are sent once, none above the limit. */
export async function proveOverRedis(
  dice: Dice,
  stack: Stack,
  { messages, perSecond, fail }: RedisProof,
): Promise<FullAudit> {
  const campaignId = await limitedCampaign(stack, messages, perSecond);
  await stack.start(campaignId);
  await untilCalls(stack, campaignId, Math.round(messages * dice.between(0.2, 0.5)));
  const failedMs = Date.now();
  const more = await fail(campaignId);
  const mendedMs = Date.now();
  await untilStatus(stack, campaignId, 'completed');
  const books = await closeBooks(dice, stack, campaignId, {
    ...(await aroundTheFault(stack, campaignId, failedMs, mendedMs)),
    'most in a second': (await summaryOf(stack, campaignId)).mostPerSecond,
    ...more,
  });
  expect(books.ledger.accepted).toBe(messages);
  expect(books.progress.unknown).toBe(0);
  expect(books.ledger.mostPerSecond).toBeLessThanOrEqual(perSecond);
  return books;
}

/** How long it went on into the fault, and how long after its end the next call came; by the provider's own book. */
export async function aroundTheFault(
  stack: Stack,
  campaignId: string,
  failedMs: number,
  mendedMs: number,
): Promise<Figures> {
  const callbackPrefix = `${await stack.dispatchOf(campaignId)}:`;
  const { items } = await stack.simulator.ledgerPage({ callbackPrefix, everyCall: true, limit: 50_000 });
  const heardMs = items.map(({ receivedAtMs }) => receivedAtMs);
  const during = heardMs.filter((ms) => ms >= failedMs && ms < mendedMs);
  const after = heardMs.filter((ms) => ms >= mendedMs);
  return {
    'stopped ms': during.length === 0 ? 0 : Math.round(Math.max(...during) - failedMs),
    ...(after.length === 0 ? {} : { 'recovered ms': Math.round(Math.min(...after) - mendedMs) }),
  };
}

async function summaryOf(stack: Stack, campaignId: string) {
  return stack.simulator.summary({ callbackPrefix: `${await stack.dispatchOf(campaignId)}:` });
}
