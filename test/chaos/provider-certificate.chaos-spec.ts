import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Stack } from '../support/stack.js';
import { closeBooks } from './books.js';
import { callsFor, msUntilAccepted } from './call-times.js';
import { Dice, isFull, seeds } from './dice.js';
import { callsOf, keepLogsOnFailure, SHORT_LEASES, untilCalls, untilStatus } from './scene.js';
import { PrivateAuthority, TlsFront, type Certificate } from './tls-front.js';

const HOST = 'localhost';
const MESSAGES = 300;
const WAIT = { timeout: 20_000, interval: 20 };
const LISTEN_MS = 1000;
const TEMPLATE = { type: 'template', name: 'aviso', language: 'es_MX' };

// What each error of a handshake means is proved beside call-faults.ts; here, what becomes of a campaign.
describe.runIf(isFull)('the certificate of the provider', () => {
  let folder: string;
  let good: Certificate;
  let bad: Readonly<Record<string, Certificate>>;
  let front: TlsFront;
  let stack: Stack;
  let used = 0;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'caudal-chaos-certificates-'));
    const authority = new PrivateAuthority(folder);
    good = authority.signed(HOST);
    bad = {
      'signed by nobody': authority.selfSigned(HOST),
      'of another host': authority.signed('other.example.com'),
      expired: authority.signed(HOST, 0),
    };
    front = await TlsFront.open(good);
    stack = await Stack.start({
      workers: 2,
      environment: {
        ...SHORT_LEASES,
        CAUDAL_PRIVATE_HOSTS: HOST,
        // The way in which Node is told of an authority of one's own: without it, the good one is held too.
        NODE_EXTRA_CA_CERTS: authority.file,
      },
    });
    front.leadTo(Number(new URL(stack.simulator.url).port));
  });

  afterAll(async () => {
    await stack?.stop();
    await front?.close();
    await rm(folder, { recursive: true, force: true });
  });

  beforeEach(async () => {
    keepLogsOnFailure(stack);
    await stack.simulator.clearLedger();
  });

  /** A number of the Cloud API behind the front, which the simulator plays. */
  async function createCloudChannel(seed: number): Promise<string> {
    const phoneNumberId = `1555${String(used).padStart(11, '0')}`;
    const secrets = { accessToken: 'a-token-of-the-simulator', appSecret: 'a-secret-of-the-simulator' };
    const { status, body } = await stack.api.post<{ id: string; webhookUrl: string }>('/api/channels', {
      name: `nube ${used}`,
      provider: 'whatsapp-cloud',
      settings: { ...secrets, phoneNumberId, baseUrl: `https://${HOST}:${front.port}` },
      limits: { perSecond: 200 },
    });
    expect(status, JSON.stringify(body)).toBe(201);
    const { webhookUrl } = body;
    await stack.simulator.putNumber(phoneNumberId, { ...secrets, webhookUrl, behaviour: { seed } });
    return body.id;
  }

  async function createCampaign(channelId: string): Promise<string> {
    const rows = Array.from(
      { length: MESSAGES },
      (_, i) => `+5215${String(540_000_000 + used + i)};Persona ${i}`,
    );
    used += MESSAGES;
    const { status, body } = await stack.api.upload<{ id: string }>(
      '/api/campaigns',
      { name: 'lista.csv', text: `telefono;nombre\n${rows.join('\n')}\n` },
      { name: `nube ${used}`, content: JSON.stringify(TEMPLATE), channelIds: JSON.stringify([channelId]) },
    );
    expect(status, JSON.stringify(body)).toBe(201);
    return body.id;
  }

  const heldFor = async (campaignId: string): Promise<string | undefined> => {
    const { reason } = await stack.status(campaignId);
    return reason?.code === 'channel_held' ? reason.text : undefined;
  };

  it.each(
    ['signed by nobody', 'of another host', 'expired'].flatMap((way) =>
      seeds.map((seed) => [way, seed] as const),
    ),
  )(
    'F-43 a certificate %s holds the channel, and not a byte of a message leaves [seed %i]',
    async (way, seed) => {
      const dice = new Dice('F-43', seed);
      front.show(good);
      const channelId = await createCloudChannel(seed);
      const campaignId = await createCampaign(channelId);
      await stack.start(campaignId);
      await untilCalls(stack, campaignId, MESSAGES * 0.1);
      front.show(bad[way]!);
      const brokenMs = Date.now();
      await expect.poll(() => heldFor(campaignId), WAIT).toContain('TLS certificate');
      const heldMs = Date.now();
      await expect.poll(async () => (await stack.status(campaignId)).progress['inflight'], WAIT).toBe(0);
      const atHold = await callsOf(stack, campaignId);
      await delay(LISTEN_MS);
      expect(await callsOf(stack, campaignId)).toBe(atHold);
      const { breaker } = (await stack.api.get<{ breaker: string }>(`/api/channels/${channelId}/status`))
        .body;

      front.show(good);
      const mendedMs = Date.now();
      expect((await stack.api.post(`/api/channels/${channelId}/lift-hold`)).status).toBe(200);
      await untilStatus(stack, campaignId, 'completed');
      const calls = await callsFor(stack, campaignId);
      const { progress, ledger } = await closeBooks(dice, stack, campaignId, {
        'stopped ms': heldMs - brokenMs,
        'recovered ms': msUntilAccepted(calls, mendedMs),
      });
      expect(breaker).not.toBe('open');
      expect(progress.failed).toBe(0);
      // Connections that were open when the certificate changed were reset: what was on them nobody can tell at first.
      expect(ledger.accepted + progress.unknown).toBe(MESSAGES);
    },
  );
});
