import { describe, expect, it } from 'vitest';
import { parseCloudWebhook } from './cloud-webhook.js';

const METADATA = { display_phone_number: '15550100001', phone_number_id: '106540352242922' };

function status(more: object = {}): object {
  return {
    id: 'wamid.A',
    status: 'delivered',
    timestamp: '1749416383',
    recipient_id: '5215512345678',
    biz_opaque_callback_data: '12:7:1',
    ...more,
  };
}

function change(value: object, field = 'messages'): object {
  return { field, value: { messaging_product: 'whatsapp', metadata: METADATA, ...value } };
}

function body(...changes: object[]): object {
  return { object: 'whatsapp_business_account', entry: [{ id: '9', changes }] };
}

function first(more: object) {
  return parseCloudWebhook(body(change({ statuses: [status(more)] })))[0];
}

describe('a webhook of the Cloud API', () => {
  it('gives a status in our words', () => {
    expect(first({})).toEqual({
      kind: 'status',
      element: 0,
      accountRef: '106540352242922',
      providerId: 'wamid.A',
      correlationId: '12:7:1',
      status: 'delivered',
      at: new Date('2025-06-08T20:59:43Z'),
    });
  });

  it.each([
    ['sent', 'sent'],
    ['delivered', 'delivered'],
    ['read', 'read'],
    ['played', 'read'],
    ['failed', 'failed'],
  ])('reads %s as %s', (said, ours) => {
    expect(first({ status: said })).toMatchObject({ kind: 'status', status: ours });
  });

  it.each(['deleted', 'warning', 'something_new', 'constructor', '__proto__'])(
    'leaves the word %s be',
    (said) => {
      expect(first({ status: said })).toMatchObject({ kind: 'ignored' });
    },
  );

  it('reads all statuses of all entries and changes, each under its place in the body', () => {
    const three = {
      entry: [
        { changes: [change({ statuses: [status(), status({ id: 'wamid.B' })] })] },
        { changes: [change({}, 'account_update'), change({ statuses: [status({ id: 'wamid.C' })] })] },
      ],
    };
    expect(parseCloudWebhook(three).map((update) => [update.element, update.kind])).toEqual([
      [0, 'status'],
      [1, 'status'],
      [2, 'ignored'],
      [3, 'status'],
    ]);
  });

  it('loses no neighbour of an element that cannot be read', () => {
    const bad = [
      null,
      7,
      'x',
      [],
      {},
      status({ id: '' }),
      status({ id: 7 }),
      status({ timestamp: 'soon' }),
      status({ status: 7 }),
    ];
    const updates = parseCloudWebhook(
      body(change({ statuses: [status(), ...bad, status({ id: 'wamid.Z' })] })),
    );
    expect(updates.map((update) => update.kind)).toEqual([
      'status',
      ...bad.map(() => 'unreadable'),
      'status',
    ]);
    expect(updates.at(-1)).toMatchObject({ element: bad.length + 1, providerId: 'wamid.Z' });
  });

  it.each([null, 7, 'x', [], {}, { entry: 7 }, { entry: [null, { changes: null }] }])(
    'reports a body of another shape: %j',
    (shape) => {
      const updates = parseCloudWebhook(shape);
      expect(updates.length).toBeGreaterThan(0);
      for (const update of updates) expect(update.kind).toBe('unreadable');
    },
  );

  it('cannot tell whom a status is for without the number', () => {
    const value = { metadata: undefined, statuses: [status()] };
    expect(parseCloudWebhook(body(change(value)))[0]).toMatchObject({ kind: 'unreadable' });
  });

  it('takes a status without our id, or with a number where Meta writes a text', () => {
    expect(first({ biz_opaque_callback_data: undefined })).toMatchObject({
      kind: 'status',
      correlationId: null,
    });
    expect(first({ timestamp: 1_749_416_383, recipient_id: undefined })).toMatchObject({ kind: 'status' });
  });

  it('says why a message failed, from our own words where the code is known', () => {
    const errors = [
      { code: 131026, title: 'Message undeliverable', error_data: { details: '+5215512345678' } },
    ];
    expect(first({ status: 'failed', errors })).toMatchObject({
      status: 'failed',
      code: '131026',
      reason: 'The number is not on WhatsApp, has an old version, or has not accepted its terms.',
    });
    expect(first({ status: 'failed', errors: [{ code: 999_999, title: 'A new one' }] })).toMatchObject({
      code: '999999',
      reason: 'WhatsApp: A new one',
    });
    expect(first({ status: 'failed' })).toMatchObject({ code: 'failed' });
  });

  it('leaves what people wrote, and errors about it, for later', () => {
    const value = {
      contacts: [{ wa_id: '5215512345678', profile: { name: 'Ana' } }],
      messages: [{ from: '5215512345678', id: 'wamid.I', type: 'text', text: { body: 'Hola' } }, { type: 7 }],
      errors: [{ code: 131051 }],
    };
    expect(parseCloudWebhook(body(change(value)))).toEqual([
      { kind: 'ignored', element: 0, what: 'message:text' },
      { kind: 'ignored', element: 1, what: 'message:unknown' },
      { kind: 'ignored', element: 2, what: 'error' },
    ]);
  });
});
