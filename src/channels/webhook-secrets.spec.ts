import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ChannelRows, SealedChannel } from './channel-rows.repository.js';
import type { ProviderRegistry } from './provider-registry.js';
import type { SealedSettings } from './sealed-settings.js';
import type { WebhookSecretRepository } from './webhook-secret.repository.js';
import { WebhookSecrets, type WebhookChannel } from './webhook-secrets.js';

const ROW = { id: 'a', workspaceId: 'w', provider: 'whatsapp-cloud', accountRef: '1001' } as SealedChannel;
const READING_MS = 300;

type Look = () => Promise<WebhookChannel | undefined>;

describe('WebhookSecrets', () => {
  let isAway: boolean;
  let rows: SealedChannel[];
  let secrets: WebhookSecrets;

  beforeEach(() => {
    vi.useFakeTimers();
    isAway = false;
    rows = [ROW];
    const all = async () => {
      await new Promise((resolve) => setTimeout(resolve, READING_MS));
      if (isAway) throw new Error('no Postgres');
      return rows;
    };
    secrets = new WebhookSecrets(
      { all } as unknown as ChannelRows,
      { all: async () => new Map() } as unknown as WebhookSecretRepository,
      { open: () => ({ appSecret: 's' }) } as unknown as SealedSettings,
      { knows: () => true, of: () => ({ capabilitiesOf: () => ({}) }) } as unknown as ProviderRegistry,
    );
  });

  afterEach(() => {
    vi.useRealTimers();
  });

  async function known() {
    const reading = secrets.known();
    await vi.advanceTimersByTimeAsync(READING_MS);
    return reading;
  }

  it('tells from when on what it knows may be old: before it asked, not when it was answered', async () => {
    const askedAtMs = performance.now();
    const first = await known();
    expect([first.askedAtMs, first.channels.size]).toEqual([askedAtMs, 1]);
    expect(await known()).toBe(first);
  });

  it('does not grow younger while Postgres is away', async () => {
    const first = await known();
    isAway = true;
    await vi.advanceTimersByTimeAsync(5_000);
    expect(await known()).toBe(first);
    isAway = false;
    await vi.advanceTimersByTimeAsync(5_000);
    expect((await known()).askedAtMs).toBeGreaterThan(first.askedAtMs + 10_000);
  });

  it('finds at a second look, in what is read anew, a channel that was made a moment ago', async () => {
    await known();
    rows = [ROW, { ...ROW, id: 'b' }];
    const look = vi.fn<Look>(() => secrets.channel('b'));
    const finding = secrets.find(look);
    await vi.advanceTimersByTimeAsync(READING_MS);
    expect((await finding)?.channelId).toBe('b');
    expect(look).toHaveBeenCalledTimes(2);
  });

  it('looks once for what is there, and twice for what is not', async () => {
    await known();
    const there = vi.fn<Look>(() => secrets.channel('a'));
    expect((await secrets.find(there))?.channelId).toBe('a');
    expect(there).toHaveBeenCalledTimes(1);
    const nowhere = vi.fn<Look>(() => secrets.channel('c'));
    const finding = secrets.find(nowhere);
    await vi.advanceTimersByTimeAsync(READING_MS);
    expect(await finding).toBeUndefined();
    expect(nowhere).toHaveBeenCalledTimes(2);
  });
});
