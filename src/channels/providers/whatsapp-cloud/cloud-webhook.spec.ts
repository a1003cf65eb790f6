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
        {
          changes: [
            change({}, 'phone_number_name_update'),
            change({ statuses: [status({ id: 'wamid.C' })] }),
          ],
        },
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

  it('gives statuses before messages, and names the errors that stand alone', () => {
    const value = {
      contacts: [{ wa_id: '5215512345678', profile: { name: 'Ana' } }],
      messages: [
        {
          from: '5215512345678',
          id: 'wamid.I',
          timestamp: '1749416383',
          type: 'text',
          text: { body: 'Hola' },
        },
        { type: 7 },
      ],
      errors: [{ code: 131051 }, { title: 'x' }],
      statuses: [status()],
    };
    expect(parseCloudWebhook(body(change(value)))).toMatchObject([
      { kind: 'status', element: 0 },
      { kind: 'inbound', element: 1, message: { providerId: 'wamid.I' } },
      { kind: 'unreadable', element: 2, reason: 'a message holds no id' },
      { kind: 'ignored', element: 3, what: 'error:131051' },
      { kind: 'ignored', element: 4, what: 'error:unknown' },
    ]);
  });

  it('reads a thousand elements over several accounts, none of them twice', () => {
    const statuses = Array.from({ length: 250 }, (_, at) => status({ id: `wamid.${at}` }));
    const entry = { id: '9', changes: [change({ statuses }), change({ statuses })] };
    const updates = parseCloudWebhook({ entry: [entry, entry] });
    expect(updates).toHaveLength(1000);
    expect(updates.map((update) => update.element)).toEqual([...updates.keys()]);
    expect(updates.every((update) => update.kind === 'status')).toBe(true);
  });

  it('takes what comes out of order, twice, or with a step left out as it is', () => {
    const statuses = [status({ status: 'sent' }), status({ status: 'read' }), status({ status: 'read' })];
    expect(parseCloudWebhook(body(change({ statuses })))).toMatchObject([
      { status: 'sent' },
      { status: 'read' },
      { status: 'read' },
    ]);
  });

  it.each(['history', 'smb_message_echoes', 'group_lifecycle_update', 'calls', '__proto__', 'constructor'])(
    'leaves the field %s be',
    (field) => {
      const value = { messages: [{ id: 'wamid.I' }] };
      expect(parseCloudWebhook(body(change(value, field)))).toEqual([
        { kind: 'ignored', element: 0, what: `change:${field}` },
      ]);
    },
  );
});
