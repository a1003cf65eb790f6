import { createHmac } from 'node:crypto';
import { RouterModule } from '../../src/router/router.module.js';
import { ApiApp, assembled, type Injected } from '../support/api-app.js';

/** The router with all it stands on, in one process; `roles` without `worker` leave webhooks on the backlog. */
export function startWebhookApp(
  roles: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<ApiApp> {
  return ApiApp.start({
    assembly: assembled((config) => [RouterModule.register(config)]),
    environment: { CAUDAL_ROLES: roles, CAUDAL_PUBLIC_URL: 'https://caudal.example.com', ...environment },
  });
}

export interface MadeChannel {
  readonly id: string;
  readonly webhookUrl: string;
  readonly webhookSecret?: string;
}

export const CLOUD_SECRET = 'the-app-secret-of-these-tests';
export const PHONE_NUMBER_ID = '106540352242922';

const SETTINGS = {
  'whatsapp-cloud': {
    phoneNumberId: PHONE_NUMBER_ID,
    accessToken: 'x',
    appSecret: CLOUD_SECRET,
    verifyToken: 'open-sesame',
  },
  evolution: { baseUrl: 'https://evolution.example.com', apiKey: 'k', instance: 'ventas' },
  twilio: {
    accountSid: `AC${'0'.repeat(32)}`,
    authToken: 'f'.repeat(32),
    from: '+14155238886',
  },
} as const;

/** Names differ, so that each spec may make several. */
let made = 0;

export async function makeChannel(
  app: ApiApp,
  provider: keyof typeof SETTINGS,
  settings: Readonly<Record<string, unknown>> = {},
): Promise<MadeChannel> {
  made += 1;
  const reply = await app.inject('POST', '/api/channels', {
    name: `${provider} ${made}`,
    provider,
    settings: { ...SETTINGS[provider], ...settings },
  });
  if (reply.status !== 201) throw new Error(reply.text);
  return JSON.parse(reply.text) as MadeChannel;
}

/** As somebody posts who has no key. */
export async function postWebhook(
  app: ApiApp,
  url: string,
  payload: Buffer | string,
  headers: Readonly<Record<string, string>> = {},
): Promise<Injected> {
  const reply = await app.app.inject({
    method: 'POST',
    url: new URL(url, 'https://caudal.example.com').href.slice('https://caudal.example.com'.length),
    headers: { 'content-type': 'application/json', ...headers },
    payload,
  });
  return { status: reply.statusCode, text: reply.body, headers: reply.headers };
}

export function signedByMeta(payload: Buffer | string): Record<string, string> {
  return {
    'x-hub-signature-256': `sha256=${createHmac('sha256', CLOUD_SECRET).update(payload).digest('hex')}`,
  };
}
