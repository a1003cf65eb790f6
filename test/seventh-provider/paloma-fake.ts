import { createHmac } from 'node:crypto';
import type { OutboundMessage } from '../../src/channels/providers/provider.js';
import type { CallKind, PostedWebhook, ScriptedAnswer, TakenMessage } from '../contract/contract-rig.js';
import type { FakeCall, FakeService } from '../contract/fakes/fake-server.js';

export const PALOMA_SECRETS = { token: 'token-of-the-line', signingKey: 'key-of-the-line' };
export const PALOMA_LINE = 'ventas';

/** The service of a provider that there is not, as its documentation would describe it. */
export class PalomaFake implements FakeService {
  readonly taken: TakenMessage[] = [];
  private token: string = PALOMA_SECRETS.token;

  kindOf(method: string): CallKind | undefined {
    return method === 'POST' ? 'send' : undefined;
  }

  answer({ method, path, headers, body }: FakeCall): ScriptedAnswer {
    if (headers['authorization'] !== `Bearer ${this.token}`)
      return { status: 401, body: { error: 'bad_token' } };
    const linePath = `/v1/lines/${PALOMA_LINE}`;
    if (method === 'GET' && path === linePath) return { status: 200, body: { line: PALOMA_LINE } };
    if (path !== `${linePath}/messages`) return { status: 404, body: { error: 'no_such_line' } };
    const { to, text, ref } = JSON.parse(body.toString('utf8')) as Record<string, unknown>;
    if (typeof to !== 'string' || !/^\+\d{8,15}$/.test(to))
      return { status: 400, body: { error: 'bad_number' } };
    if (typeof text !== 'string' || typeof ref !== 'string')
      return { status: 400, body: { error: 'bad_text' } };
    const id = `pal_${this.taken.length}`;
    this.taken.push({ id, to, type: 'text' });
    return { status: 202, body: { id } };
  }

  withoutId({ status }: ScriptedAnswer): ScriptedAnswer {
    return { status, body: {} };
  }

  revokeCredentials(): void {
    this.token = 'another';
  }
}

export function postedByPaloma({ correlationId }: OutboundMessage, providerId: string): PostedWebhook[] {
  return ['sent', 'delivered'].map((status) => {
    const event = { line: PALOMA_LINE, id: providerId, ref: correlationId, status, at: 1_763_700_000 };
    const body = Buffer.from(JSON.stringify(event));
    const signature = createHmac('sha256', PALOMA_SECRETS.signingKey).update(body).digest('hex');
    return {
      proof: { headers: { 'x-paloma-signature': signature }, rawBody: body, url: null },
      delivery: { body, contentType: 'application/json', query: '', receivedAt: new Date() },
    };
  });
}
