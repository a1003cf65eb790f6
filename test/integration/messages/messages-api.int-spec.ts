import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { MessagesFixture } from './messages-app.js';

const WAIT = { timeout: 15_000, interval: 30 };
const IDEMPOTENT = () => ({ 'idempotency-key': randomUUID() });

describe('single messages', () => {
  let app: MessagesFixture;
  let channel: { id: string; number: string };

  beforeAll(async () => {
    app = await MessagesFixture.start();
    channel = await app.createChannel({}, { name: 'Ventas' });
  });

  afterEach(async () => {
    await app.control.clearFaults();
  });

  afterAll(async () => {
    await app.stop();
  });

  const statusOf = async (id: string) => (await app.task(id)).status;
  const until = async (id: string, status: string): Promise<void> => {
    await expect.poll(() => statusOf(id), WAIT).toBe(status);
  };
  const callsTo = async (phone: string) => {
    const { items } = await app.control.ledgerPage({ everyCall: true, limit: 50_000 });
    return items.filter((call) => call.to.endsWith(phone.slice(-8)));
  };

  it.each(['/api/messages', '/messages'])(
    'takes one by POST %s and tells what became of it',
    async (path) => {
      const phone = app.nextPhone();
      const { status, body } = await app.call('POST', path, {
        phone,
        message: 'Hola',
        instance_name: 'ventas',
      });
      expect(status).toBe(202);
      expect(body).toEqual({
        success: true,
        message: 'Mensaje encolado correctamente para procesamiento',
        task_id: expect.any(String) as string,
      });
      await expect.poll(async () => (await app.task(body.task_id)).state, WAIT).toBe('read');
      const task = await app.call('GET', `${path.replace('messages', 'tasks')}/${body.task_id}`);
      expect(task.body).toEqual({
        task_id: body.task_id,
        status: 'SUCCESS',
        state: 'read',
        result: {
          success: true,
          phone,
          provider_message_id: expect.stringMatching(/^wamid\./) as string,
          evolution_key: task.body.result?.['provider_message_id'],
        },
      });
      expect(await callsTo(phone)).toHaveLength(1);
    },
  );

  it('takes the only channel where none is named, and what it does not know of others it ignores', async () => {
    const { status, body } = await app.post({ delay: 3, instance: 'x', content: null });
    expect(status).toBe(202);
    await until(body.task_id, 'SUCCESS');
  });

  it('sends a template, a document, and the default of a variable', async () => {
    const contents = [
      { type: 'template', name: 'aviso', language: 'es_MX' },
      { type: 'document', url: 'https://example.com/boleto.pdf', fileName: 'boleto.pdf' },
      { type: 'text', text: 'Hola {{nombre|cliente}}' },
    ];
    for (const content of contents) {
      const { body } = await app.call('POST', '/api/messages', { phone: app.nextPhone(), content });
      await until(body.task_id, 'SUCCESS');
    }
  });

  it('writes the number as WhatsApp has it', async () => {
    const id = await app.posted({ phone: '044 55 1234 5678' });
    await until(id, 'SUCCESS');
    expect((await app.task(id)).result?.['phone']).toBe('+525512345678');
  });

  it('sends the same text to the same number as often as it is posted', async () => {
    const phone = app.nextPhone();
    const ids = [await app.posted({ phone }), await app.posted({ phone })];
    for (const id of ids) await until(id, 'SUCCESS');
    expect(await callsTo(phone)).toHaveLength(2);
  });

  describe('what is refused', () => {
    it.each([
      ['no phone', { phone: undefined }, 400, 'validation_failed', '/phone'],
      ['a number that is none', { phone: '123' }, 400, 'bad_phone', '/phone'],
      ['nothing to send', { message: undefined }, 400, 'validation_failed', '/message'],
      ['only spaces', { message: '  ' }, 400, 'validation_failed', '/message'],
      ['two things to send', { content: { type: 'text', text: 'x' } }, 400, 'validation_failed', '/message'],
      [
        'a type that is none',
        { message: null, content: { type: 'gif' } },
        400,
        'validation_failed',
        '/content/type',
      ],
      ['a category that is none', { category: 'ads' }, 400, 'validation_failed', '/category'],
      ['a channel that is no id', { channelId: 'ventas' }, 400, 'validation_failed', '/channelId'],
      ['a channel that is not there', { channelId: randomUUID() }, 422, 'channel_not_found', '/channelId'],
      ['a variable without a value', { message: 'Hola {{nombre}}' }, 422, 'missing_variables', '/content'],
    ])('%s', async (_what, fields, status, code, pointer) => {
      const reply = await app.post(fields);
      expect(reply.status).toBe(status);
      expect(reply.body.code).toBe(code);
      expect(reply.body.errors.map((error) => error.pointer)).toContain(pointer);
    });

    it('a name that no channel has, naming those that there are', async () => {
      const { status, body } = await app.post({ instance_name: 'mi_instancia' });
      expect(status).toBe(404);
      expect(body).toMatchObject({ code: 'channel_not_found', known: ['Ventas'] });
      expect(body.detail).toContain('"Ventas"');
    });

    it('both a name and an id of a channel', async () => {
      const { status, body } = await app.post({ instance_name: 'Ventas', channelId: channel.id });
      expect([status, body.code]).toEqual([400, 'validation_failed']);
    });

    it('no channel where there are several, naming them', async () => {
      const second = await app.createChannel({}, { name: 'Cobranza' });
      const { status, body } = await app.post({});
      expect([status, body.code]).toEqual([422, 'channel_needed']);
      expect(body.known).toEqual([
        { id: second.id, name: 'Cobranza' },
        { id: channel.id, name: 'Ventas' },
      ]);
      expect((await app.post({ channelId: second.id })).status).toBe(202);
    });
  });

  describe('over time', () => {
    it('is STARTED while the call is open', async () => {
      await app.control.addFault({ kind: 'latency', phoneNumberId: channel.number, delayMs: 700, count: 1 });
      const id = await app.posted({ channelId: channel.id });
      await until(id, 'STARTED');
      expect((await app.task(id)).result).toBeUndefined();
      await until(id, 'SUCCESS');
    });

    it('waits as RETRY when the provider asks to repeat, and succeeds then', async () => {
      const fault = { status: 400, code: 131057, retryAfterSeconds: 1, count: 1 };
      await app.control.addFault({ kind: 'error', phoneNumberId: channel.number, ...fault });
      const id = await app.posted({ channelId: channel.id });
      await until(id, 'RETRY');
      await until(id, 'SUCCESS');
    });

    it('is a FAILURE once its tries are spent', async () => {
      const phone = app.nextPhone();
      const fault = { status: 400, code: 131057, retryAfterSeconds: 1, match: { toPrefix: phone } };
      await app.control.addFault({ kind: 'error', ...fault });
      const id = await app.posted({ phone, channelId: channel.id });
      await until(id, 'FAILURE');
      expect((await app.task(id)).result).toMatchObject({ success: false, error_code: '131057' });
      expect(await callsTo(phone)).toHaveLength(2);
    });

    it('is a FAILURE with the reason when the provider refuses it', async () => {
      await app.control.addFault({ kind: 'error', status: 400, code: 131026, count: 1 });
      const id = await app.posted({ channelId: channel.id });
      await until(id, 'FAILURE');
      expect((await app.task(id)).result).toEqual({
        success: false,
        phone: expect.any(String) as string,
        provider_message_id: null,
        error: expect.stringContaining('not on WhatsApp') as string,
        error_code: '131026',
      });
    });

    it('is UNKNOWN when nobody can tell, and is not sent again', async () => {
      const phone = app.nextPhone();
      await app.control.addFault({ kind: 'error', status: 500, code: 131000, match: { toPrefix: phone } });
      const id = await app.posted({ phone, channelId: channel.id });
      await until(id, 'UNKNOWN');
      expect((await app.task(id)).result).toMatchObject({ success: null, error_code: '131000' });
      // The next one on the same way, so that another try would have been seen by now.
      await until(await app.posted({ channelId: channel.id }), 'SUCCESS');
      expect(await callsTo(phone)).toHaveLength(1);
    });
  });

  describe('people who opted out', () => {
    let phone: string;

    beforeAll(async () => {
      phone = app.nextPhone();
      const { body } = await app.call('POST', '/api/contacts', { phone });
      await app.call('POST', `/api/contacts/${body.id}/opt-out`, {});
    });

    it('get nothing, and the task says why', async () => {
      const id = await app.posted({ phone, channelId: channel.id });
      expect(await app.task(id)).toMatchObject({
        status: 'FAILURE',
        state: 'skipped',
        result: { success: false, phone, error_code: 'suppressed' },
      });
      expect(await callsTo(phone)).toEqual([]);
    });

    it('get the codes that they asked for', async () => {
      const id = await app.posted({ phone, channelId: channel.id, category: 'authentication' });
      await until(id, 'SUCCESS');
    });
  });

  describe('an Idempotency-Key', () => {
    it('repeats the first answer and sends once', async () => {
      const headers = IDEMPOTENT();
      const phone = app.nextPhone();
      const first = await app.post({ phone, channelId: channel.id }, headers);
      const again = await app.post({ phone, channelId: channel.id }, headers);
      expect(again.status).toBe(202);
      expect(again.body).toEqual(first.body);
      expect(again.headers['idempotency-replayed']).toBe('true');
      await until(first.body.task_id, 'SUCCESS');
      expect(await callsTo(phone)).toHaveLength(1);
    });

    it('is refused with another body', async () => {
      const headers = IDEMPOTENT();
      await app.post({ channelId: channel.id, message: 'uno' }, headers);
      const other = await app.post({ channelId: channel.id, message: 'dos' }, headers);
      expect([other.status, other.body.code]).toEqual([409, 'idempotency_key_reused']);
    });
  });

  describe('a task', () => {
    it.each(['x', '1', randomUUID()])('that was never given out is not found: %s', async (id) => {
      const { status, body } = await app.call('GET', `/tasks/${id}`);
      expect([status, body.code]).toEqual([404, 'task_not_found']);
    });

    it('of another workspace is not found', async () => {
      const id = await app.posted({ channelId: channel.id });
      const authorization = `Bearer ${await app.otherKey()}`;
      const { status } = await app.call('GET', `/api/tasks/${id}`, undefined, { authorization });
      expect(status).toBe(404);
    });
  });

  describe('a file', () => {
    const upload = (channelId: string, type: string, content = '%PDF', end = '--x--\r\n') => {
      const form =
        `--x\r\ncontent-disposition: form-data; name="file"; filename="boleto.pdf"\r\ncontent-type: ${type}\r\n\r\n` +
        `${content}\r\n${end}`;
      return app.call('POST', `/api/channels/${channelId}/media`, Buffer.from(form), {
        'content-type': 'multipart/form-data; boundary=x',
      });
    };

    it('is uploaded once and sent by its id', async () => {
      const { status, body } = await upload(channel.id, 'application/pdf');
      expect(status).toBe(201);
      const { mediaId, expiresAt } = body as unknown as { mediaId: string; expiresAt: string };
      expect(Date.parse(expiresAt)).toBeGreaterThan(Date.now());
      const phone = app.nextPhone();
      const content = { type: 'document', mediaId, fileName: 'boleto.pdf' };
      const { body: posted } = await app.call('POST', '/api/messages', {
        phone,
        content,
        channelId: channel.id,
      });
      await until(posted.task_id, 'SUCCESS');
      expect(await callsTo(phone)).toMatchObject([{ type: 'document' }]);
    });

    it('of a type that WhatsApp does not take, or in no form, is refused', async () => {
      const { status, body } = await upload(channel.id, 'image/gif');
      expect([status, body.code]).toEqual([422, 'media_refused']);
      expect(body.detail).toContain('image/png');
      expect((await upload(channel.id, 'application/pdf', '%PDF', '')).body.code).toBe('not_multipart');
      expect((await app.call('POST', `/api/channels/${channel.id}/media`, {})).body.code).toBe(
        'not_multipart',
      );
      expect((await upload(randomUUID(), 'application/pdf')).status).toBe(404);
    });
  });

  it('refuses what the provider of the channel cannot send', async () => {
    const waha = await app.call('POST', '/api/channels', {
      name: 'waha',
      provider: 'waha',
      settings: { baseUrl: 'https://waha.example.com', apiKey: 'a-key' },
    });
    const interactive = {
      type: 'button',
      body: { text: 'Hola' },
      action: { buttons: [{ type: 'reply', reply: { id: '1', title: 'Sí' } }] },
    };
    const posted = await app.call('POST', '/api/messages', {
      phone: app.nextPhone(),
      content: { type: 'interactive', interactive },
      channelId: waha.body.id,
    });
    expect([posted.status, posted.body.code]).toEqual([422, 'content_unsupported']);
    expect(posted.body.detail).toContain('"waha"');
    const form = await app.call('POST', `/api/channels/${waha.body.id}/media`, {});
    expect([form.status, form.body.code]).toEqual([409, 'uploads_not_taken']);
  });

  it('sends on by its own bells while its provider is slow to answer', async () => {
    const slow = await app.createChannel({ latencyMs: 800 });
    const ids: string[] = [];
    for (let n = 0; n < 20; n += 1) ids.push(await app.posted({ channelId: slow.id }));
    for (const id of ids) await until(id, 'SUCCESS');
    expect((await app.control.summary({ phoneNumberId: slow.number })).accepted).toBe(20);
  });

  it('takes a thousand at once, sends each once, and counts what it did', async () => {
    const busy = await app.createChannel();
    const replies = await Promise.all(
      Array.from({ length: 1000 }, () => app.post({ channelId: busy.id, category: 'utility' })),
    );
    expect(replies.every((reply) => reply.status === 202)).toBe(true);
    expect(new Set(replies.map((reply) => reply.body.task_id)).size).toBe(1000);
    const [stream, ...others] = await app.streamsOf(busy.id);
    expect(others).toEqual([]);
    expect(stream).toMatchObject({ total: 1000, category: 'utility', finished: false, open: true });
    await expect.poll(async () => (await app.counts(stream!.id)).counted.read, WAIT).toBe(1000);
    const { counted, recounted } = await app.counts(stream!.id);
    expect(counted).toEqual(recounted);
    const { accepted, distinct } = await app.control.summary({ phoneNumberId: busy.number });
    expect({ accepted, distinct }).toEqual({ accepted: 1000, distinct: 1000 });
    // Posts that come while a batch is at work wait together, not in a batch each.
    expect(stream!.batches).toBeLessThan(200);
  });
});
