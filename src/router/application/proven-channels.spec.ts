import { describe, expect, it } from 'vitest';
import type { ProviderRegistry } from '../../channels/provider-registry.js';
import type { CloudSecret, KnownChannels, WebhookChannel } from '../../channels/webhook-secrets.js';
import type { ClaimedEvent } from './claimed-event.js';
import { ProvenChannels } from './proven-channels.js';
import type { Actionable } from './webhook-body.js';

const providers = {
  of: () => ({ wabaRef: (settings: Record<string, unknown>) => settings['wabaId'] }),
} as unknown as ProviderRegistry;

const SECRETS = { ours: ['a', 'b'], theirs: ['c'] };

function proven(secrets: Readonly<Record<string, readonly string[]>> = SECRETS, askedAtMs = 0) {
  const channels = Object.values(secrets)
    .flat()
    .map((channelId) => ({ channelId, settings: { wabaId: channelId === 'a' ? '9002' : '9001' } }));
  const known: KnownChannels = {
    channels: new Map(channels.map((channel) => [channel.channelId, channel as unknown as WebhookChannel])),
    secrets: Object.entries(secrets).map(
      ([fingerprint, ids]) =>
        ({ fingerprint, channels: ids.map((channelId) => ({ channelId })) }) as unknown as CloudSecret,
    ),
    verifyTokens: [],
    askedAtMs,
  };
  return new ProvenChannels(known, providers);
}

function event(changes: Partial<ClaimedEvent>): ClaimedEvent {
  return {
    id: '1',
    workspaceId: null,
    provider: 'whatsapp-cloud',
    scope: 'secret:ours',
    channelIds: ['a'],
    addressChannelId: null,
    contentType: null,
    query: '',
    receivedAt: new Date(0),
    body: Buffer.alloc(0),
    elements: null,
    waitedMs: 0,
    isOverdue: false,
    ...changes,
  };
}

const ACCOUNTS = new Map([
  ['a', '1001'],
  ['b', '1002'],
  ['c', '1003'],
]);

describe('ProvenChannels', () => {
  it.each([
    ['no more than it was known to prove', ['a', 'b'], 'secret:ours', ['a', 'b']],
    ['what has got its secret since', ['a'], 'secret:ours', ['a', 'b']],
    ['what has another secret since', ['z', 'a'], 'secret:ours', ['z', 'a', 'b']],
    ['nothing of another secret', ['a'], 'secret:of-nobody', ['a']],
    ['nothing new by an address of its own', ['a'], 'channel:a', ['a']],
    ['nothing new where its proof was not kept', ['a'], null, ['a']],
  ])('allows a webhook %s', (_what, channelIds, scope, allowed) => {
    expect(proven().allowedTo(event({ channelIds, scope }))).toEqual(allowed);
  });

  it.each([
    ['an account', { accountRef: '1002' }, ['b']],
    ['an account that the proof does not allow', { accountRef: '1003' }, []],
    ['an account of many numbers', { accountRef: null, wabaRef: '9001' }, ['b']],
    ['none, at the address of all', { accountRef: null }, []],
  ])('finds the channels of what names %s', (_what, named, channelIds) => {
    const update = { kind: 'status', element: 0, ...named } as unknown as Actionable;
    expect(proven().named(event({}), update, ['a', 'b'], ACCOUNTS)).toEqual(channelIds);
  });

  it("gives what names no account to the address's own channel, as long as there is one", () => {
    const update = { kind: 'session', element: 0, accountRef: null } as unknown as Actionable;
    const named = (addressChannelId: string) =>
      proven().named(event({ addressChannelId }), update, [addressChannelId], ACCOUNTS);
    expect([named('c'), named('deleted')]).toEqual([['c'], []]);
  });

  it('may lack a channel as long as what is known is older than the webhook', () => {
    const mayLack = (knownForMs: number, changes: Partial<ClaimedEvent>) =>
      proven(SECRETS, performance.now() - knownForMs).mayLackChannelOf(event(changes));
    expect(mayLack(5_000, { waitedMs: 200 })).toBe(true);
    expect(mayLack(200, { waitedMs: 5_000 })).toBe(false);
    expect(mayLack(0, { waitedMs: 0 })).toBe(true);
    expect(mayLack(5_000, { waitedMs: 200, addressChannelId: 'a' })).toBe(false);
  });
});
