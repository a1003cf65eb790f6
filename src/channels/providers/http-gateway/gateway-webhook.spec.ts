import { describe, expect, it } from 'vitest';
import { surroundingsOf } from '../../../../test/support/provider-surroundings.js';
import { httpGateway } from './gateway-provider.js';
import { COMMON } from './gateway-presets.js';
import { parseGatewayWebhook } from './gateway-webhook.js';
import type { WebhookMapping } from './gateway-mapping.js';
import { bringsToken } from './webhook-token.js';

const NOW = new Date('2026-11-22T09:00:00Z');
const AT = new Date(1_763_700_000_000);

function parse(body: unknown, own: Partial<WebhookMapping> = {}) {
  return parseGatewayWebhook(body, { ...COMMON.webhook, ...own }, NOW);
}

describe('a webhook of a gateway', () => {
  it.each([
    [{ messageId: 'A', status: 'Delivered', timestamp: 1_763_700_000 }, 'delivered', AT],
    [{ id: 'A', ack: 3, timestamp: 1_763_700_000_000 }, 'read', AT],
    [{ event: 'ack', data: { id: 'A', ack: -1, timestamp: '2025-11-21T04:40:00Z' } }, 'failed', AT],
    [{ key: { id: 'A' }, status: 'SERVER_ACK' }, 'sent', NOW],
  ])('tells what became of a message: %j', (body, status, at) => {
    expect(parse(body)).toMatchObject([
      { kind: 'status', element: 0, accountRef: null, providerId: 'A', correlationId: null, status, at },
    ]);
  });

  it('takes the words and the places of its mapping', () => {
    const own: Partial<WebhookMapping> = {
      list: ['payload.items'],
      id: ['ref'],
      word: ['estado'],
      words: { '3': 'delivered', entregado: 'delivered' },
      correlation: ['tag'],
    };
    const items = [
      { ref: 'A', estado: 3, tag: '1:2:3' },
      { ref: 'B', estado: 'ENTREGADO' },
      { ref: 'C', estado: 9 },
    ];
    expect(parse({ payload: { items } }, own)).toMatchObject([
      { kind: 'status', element: 0, providerId: 'A', correlationId: '1:2:3', status: 'delivered' },
      { kind: 'status', element: 1, providerId: 'B', correlationId: null },
      { kind: 'ignored', element: 2, what: 'status:9' },
    ]);
  });

  it('keeps the reason of a failure without the number in it', () => {
    const [status] = parse({ messageId: 'A', status: 'failed', error: 'no route to +52 1 55 1234 5678' });
    expect(status).toMatchObject({
      code: 'failed',
      reason: 'The service reported a failure: "no route to …".',
    });
  });

  it.each([
    [{ id: 'A', status: 1 }, 'status:number 1'],
    [{ id: 'A', ack: 0 }, 'status:0'],
    [{ event: 'ready' }, 'element'],
    [{ id: 'A', from: '120363041234567890@g.us', body: 'Hola' }, 'message:group'],
    [{ id: 'A', from: '5215512345678@c.us', body: 'Hola', fromMe: true }, 'message:echo'],
  ])('that nothing acts on is ignored: %j', (body, what) => {
    expect(parse(body)).toEqual([{ kind: 'ignored', element: 0, what }]);
  });

  it('brings what somebody wrote, under the canonical number', () => {
    const body = {
      id: 'IN1',
      from: '5215512345678@c.us',
      body: 'Hola',
      notifyName: 'Ana',
      timestamp: 1_763_700_000,
    };
    expect(parse(body)).toEqual([
      {
        kind: 'inbound',
        element: 0,
        accountRef: null,
        message: {
          providerId: 'IN1',
          phone: '+525512345678',
          userId: null,
          alias: '5215512345678',
          profileName: 'Ana',
          at: AT,
          body: { type: 'text', text: 'Hola' },
          replyTo: null,
          isForwarded: false,
        },
      },
    ]);
  });

  it('knows a person whose number is hidden, and a message without an id by what it holds', () => {
    const [hidden] = parse({ id: 'A', from: '207654321@lid', text: 'Hola' });
    expect(hidden).toMatchObject({ message: { phone: null, userId: '207654321@lid' } });
    const [one, other] = parse([
      { phone: '+525512345678', message: 'sí', time: 1_763_700_000 },
      { phone: '+525512345678', message: 'sí', time: 1_763_700_001 },
    ]);
    const ids = [one, other].map((element) => element?.kind === 'inbound' && element.message.providerId);
    expect(new Set(ids).size).toBe(2);
  });

  it.each([['x'], [{ from: 'somebody', text: 'Hola' }]])('that cannot be read says so: %j', (body) => {
    expect(parse(body)).toMatchObject([{ kind: 'unreadable', element: 0 }]);
  });
});

describe('the body of a webhook', () => {
  const provider = httpGateway.make(surroundingsOf({}));

  it.each([
    ['application/json', '{"from":"+525512345678","text":"Hola"}'],
    ['application/x-www-form-urlencoded', 'from=%2B525512345678&text=Hola'],
  ])('may be %s', (contentType, body) => {
    const delivery = { body: Buffer.from(body), contentType, query: '', receivedAt: NOW };
    expect(provider.parseWebhook(delivery, {})).toMatchObject([
      { kind: 'inbound', message: { phone: '+525512345678', body: { type: 'text', text: 'Hola' } } },
    ]);
  });
});

describe('the token of a webhook', () => {
  const proof = (headers: Record<string, string>) => ({ headers, rawBody: Buffer.from('{}'), url: null });

  it.each([
    [{ 'x-webhook-token': 'a-token-of-the-service' }, true],
    [{ 'x-webhook-token': 'Bearer a-token-of-the-service' }, true],
    [{ 'x-webhook-token': 'a-token-of-the-servicE' }, false],
    [{ 'x-webhook-token': '' }, false],
    [{}, false],
  ])('is right in %j: %s', (headers, isRight) => {
    expect(
      bringsToken('a-token-of-the-service', 'x-webhook-token', proof(headers as Record<string, string>)),
    ).toBe(isRight);
  });

  it('is never right where none was set', () => {
    expect(bringsToken(undefined, 'x-webhook-token', proof({ 'x-webhook-token': '' }))).toBe(false);
  });
});
