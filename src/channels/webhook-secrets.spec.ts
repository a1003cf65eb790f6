import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ChannelRows, SealedChannel } from './channel-rows.repository.js';
import type { ProviderRegistry } from './provider-registry.js';
import type { SealedSettings } from './sealed-settings.js';
import type { WebhookSecretRepository } from './webhook-secret.repository.js';
import { WebhookSecrets } from './webhook-secrets.js';

const ROW = { id: 'a', workspaceId: 'w', provider: 'whatsapp-cloud', accountRef: '1001' } as SealedChannel;
const READING_MS = 300;

describe('WebhookSecrets', () => {
  let isAway: boolean;
  let secrets: WebhookSecrets;

  beforeEach(() => {
    vi.useFakeTimers();
    isAway = false;
    const all = async () => {
      await new Promise((resolve) => setTimeout(resolve, READING_MS));
      if (isAway) throw new Error('no Postgres');
      return [ROW];
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
});
