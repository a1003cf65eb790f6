import { setTimeout as delay } from 'node:timers/promises';
import type { ApiClient } from './api-client.js';
import { count, duration } from './progress-line.js';
import type { Screen } from './screen.js';

/** How the simulated number behaves: a network away, some people without their phone, some who never read. */
const BEHAVIOUR = { latencyMs: 15, jitterMs: 15, failureRate: 0.01, deliveredRate: 0.97, readRate: 0.7 };
const MOST_OPT_OUTS = 7;

/** A template that the simulated account has: "Hola {{1}}, te esperamos en {{2}}." */
const CONTENT = {
  type: 'template',
  name: 'aviso_evento',
  language: 'es_MX',
  components: [
    {
      type: 'body',
      parameters: [
        { type: 'text', text: '{{nombre|amigo}}' },
        { type: 'text', text: '{{ciudad|tu ciudad}}' },
      ],
    },
  ],
};

const CONNECT_LIMIT_MS = 20_000;
const LOOK_AGAIN_MS = 200;

interface ChannelStatus {
  readonly connection: string;
  readonly reason?: string;
}

interface Started {
  readonly estimatedContacts: number;
  readonly estimatedTime: number;
}

export interface RunningCampaign {
  readonly id: string;
  readonly optedOut: number;
}

/** A sending number, some people who want no messages, and a campaign for everybody else, started. */
export async function startCampaign(
  api: ApiClient,
  screen: Screen,
  { contacts, rate, seed }: { contacts: number; rate: number | undefined; seed: number },
  signal: AbortSignal,
): Promise<RunningCampaign> {
  const channel = await api.post<{ id: string }>('/api/channels', {
    name: 'demo',
    provider: 'simulator',
    settings: { ...BEHAVIOUR, seed },
    ...(rate === undefined ? {} : { limits: { perSecond: rate } }),
  });
  await connected(api, channel.id, signal);
  const limit = rate === undefined ? 'no limit of its own' : `at most ${count(rate)} messages a second`;
  screen.line(`  channel "demo": a simulated WhatsApp number, connected, ${limit}`);
  const optedOut = await optSomeOut(api, contacts);
  if (optedOut > 0) screen.line(`  ${optedOut} contacts opted out and must get nothing`);
  const campaign = await api.post<{ id: string }>('/api/campaigns', {
    name: 'Aviso de evento',
    content: CONTENT,
    audience: { all: true },
    channelIds: [channel.id],
  });
  const { estimatedContacts, estimatedTime } = await api.post<Started>(`/api/campaigns/${campaign.id}/start`);
  const estimate = estimatedTime > 0 ? `, about ${duration(estimatedTime / 1000)}` : '';
  screen.line(`  campaign "Aviso de evento" started for ${count(estimatedContacts)} contacts${estimate}`);
  return { id: campaign.id, optedOut };
}

/** The simulator is started with the first question to it. */
async function connected(api: ApiClient, channelId: string, signal: AbortSignal): Promise<void> {
  const giveUpAtMs = performance.now() + CONNECT_LIMIT_MS;
  for (;;) {
    const { connection, reason } = await api.get<ChannelStatus>(`/api/channels/${channelId}/status`);
    if (connection === 'connected') return;
    if (performance.now() > giveUpAtMs) {
      throw new Error(`the channel is ${connection}: ${reason ?? 'without a reason'}`);
    }
    await delay(LOOK_AGAIN_MS, undefined, { signal });
  }
}

/** At most a tenth of the list. */
async function optSomeOut(api: ApiClient, contacts: number): Promise<number> {
  const wanted = Math.min(MOST_OPT_OUTS, Math.floor(contacts / 10));
  if (wanted === 0) return 0;
  const page = await api.get<{ items: { id: string }[] }>(`/api/contacts?limit=${wanted}`);
  for (const { id } of page.items) {
    await api.post(`/api/contacts/${id}/opt-out`, { reason: 'asked for it in the demo' });
  }
  return page.items.length;
}
