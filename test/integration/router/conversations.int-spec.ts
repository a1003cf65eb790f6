import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MessagesFixture } from '../messages/messages-app.js';

const SOON = { timeout: 15_000, interval: 30 };

interface Talk {
  readonly id: string;
  readonly phone: string;
  readonly name: string | null;
  readonly unread: number;
  readonly lastText: string;
  readonly optedOut: boolean;
}
interface Said {
  readonly direction: 'in' | 'out';
  readonly text?: string;
  readonly content?: { text?: string };
  readonly state?: string;
}
type Page<Item> = { readonly items: readonly Item[]; readonly nextCursor: string | null };

describe('conversations', () => {
  let app: MessagesFixture;
  let channel: { id: string; number: string };

  beforeAll(async () => {
    app = await MessagesFixture.start();
    channel = await app.createChannel({ enforceWindow: true });
    // The driver makes its number known to the simulator with its first call.
    await app.call('GET', `/api/channels/${channel.id}/status`);
  });

  afterAll(async () => {
    await app.stop();
  });

  const get = async <T>(path: string): Promise<T> => (await app.call('GET', path)).body as unknown as T;
  const talksWith = async (phone: string): Promise<readonly Talk[]> =>
    (await get<Page<Talk>>(`/api/conversations?search=${encodeURIComponent(phone)}`)).items;
  const untilTalk = async (phone: string, text: string): Promise<Talk> => {
    await expect.poll(async () => (await talksWith(phone))[0]?.lastText, SOON).toBe(text);
    return (await talksWith(phone))[0]!;
  };
  const threadOf = async (id: string): Promise<readonly Said[]> =>
    (await get<Page<Said>>(`/api/conversations/${id}/messages`)).items;
  const writes = (phone: string, text: string, name?: string) =>
    app.control.receive(channel.number, [{ from: phone, text, ...(name === undefined ? {} : { name }) }]);
  const addRule = async (rule: object): Promise<string> => {
    const { status, body } = await app.call('POST', '/api/rules', rule);
    expect(status, JSON.stringify(body)).toBe(201);
    return body.id;
  };
  const contactOf = async (phone: string) =>
    (
      await app.sql.query<{
        tags: string[];
        attributes: object;
        opted_out_at: Date | null;
        opt_out_reason: string;
      }>('SELECT tags, attributes, opted_out_at, opt_out_reason FROM contacts WHERE recipient = $1', [phone])
    )[0];

  it('make a contact, a conversation and a message of what a stranger writes', async () => {
    const phone = app.nextPhone();
    await writes(phone, '¿A qué hora abren?', 'María');
    const talk = await untilTalk(phone, '¿A qué hora abren?');
    expect(talk).toMatchObject({ phone, name: 'María', unread: 1, optedOut: false });
    expect(await threadOf(talk.id)).toMatchObject([{ direction: 'in', text: '¿A qué hora abren?' }]);
    const { body } = await app.call('POST', `/api/conversations/${talk.id}/read`);
    expect(body).toMatchObject({ unread: 0 });
    expect(await get<Page<Talk>>('/api/conversations?unread=true')).toMatchObject({ items: [] });
  });

  it('hold what was sent beside what was written, and take an answer', async () => {
    const phone = app.nextPhone();
    await writes(phone, 'Hola');
    const talk = await untilTalk(phone, 'Hola');
    const reply = await app.call('POST', `/api/conversations/${talk.id}/messages`, { message: 'Con gusto' });
    expect(reply.status).toBe(202);
    await expect
      .poll(async () => (await threadOf(talk.id)).map((one) => one.content?.text ?? one.text), SOON)
      .toEqual(['Con gusto', 'Hola']);
    await expect.poll(async () => (await threadOf(talk.id))[0]?.state, SOON).toBe('read');
  });

  it('refuse free text once the 24 hours are over, and say until when they lasted', async () => {
    const phone = app.nextPhone();
    await writes(phone, 'Hola');
    const talk = await untilTalk(phone, 'Hola');
    await app.sql.query(
      `UPDATE conversations SET last_inbound_at = now() - interval '24 hours 1 minute' WHERE id = $1`,
      [talk.id],
    );
    const late = await app.call('POST', `/api/conversations/${talk.id}/messages`, { message: 'Con gusto' });
    expect(late).toMatchObject({ status: 409, body: { code: 'window_closed' } });
    const content = { type: 'template', name: 'hello_world', language: 'en_US' };
    const template = await app.call('POST', `/api/conversations/${talk.id}/messages`, { content });
    expect(template.status).toBe(202);
  });

  it('stop at once for who writes STOP in any language, say so once, and resume for who asks for it', async () => {
    const phone = app.nextPhone();
    await writes(phone, 'hola');
    const talk = await untilTalk(phone, 'hola');
    await writes(phone, '¡Baja!');
    await expect.poll(async () => (await contactOf(phone))?.opted_out_at, SOON).not.toBeNull();
    expect((await contactOf(phone))!.opt_out_reason).toBe('wrote "¡Baja!"');
    await expect
      .poll(async () => (await threadOf(talk.id))[0]?.content?.text, SOON)
      .toContain('no le enviaremos más mensajes');
    await expect.poll(async () => (await threadOf(talk.id))[0]?.state, SOON).toBe('read');

    const { body: posted } = await app.post({ phone, category: 'marketing', channelId: channel.id });
    await expect.poll(async () => (await app.task(posted.task_id)).status, SOON).toBe('FAILURE');

    await writes(phone, 'STOP');
    await writes(phone, 'alta');
    await expect.poll(async () => (await contactOf(phone))!.opted_out_at, SOON).toBeNull();
    const events = await app.sql.query<{ type: string }>(
      `SELECT type FROM outbox WHERE payload->>'phone' = $1 AND type LIKE 'contact.%' ORDER BY id`,
      [phone],
    );
    expect(events.map(({ type }) => type)).toEqual(['contact.opted_out', 'contact.opted_in']);
    // One automatic answer a minute: the second change is kept, and not answered.
    expect((await threadOf(talk.id)).filter((one) => one.direction === 'out')).toHaveLength(1);
  });

  it('follow rules in their order up to the first that says stop, and answer at most once a minute', async () => {
    await addRule({
      name: 'marca',
      position: 1,
      stop: false,
      match: { type: 'regex', pattern: 'pedido\\s+\\d+' },
      actions: [
        { type: 'tag', add: ['pedido'] },
        { type: 'attribute', name: 'interes', value: 'pedido' },
      ],
    });
    await addRule({
      name: 'responde',
      position: 2,
      match: { type: 'keyword', words: ['pedido'], where: 'anywhere' },
      actions: [{ type: 'reply', message: 'Hola {{name|amigo}}: ya lo buscamos.' }, { type: 'forward' }],
    });
    await addRule({
      name: 'nunca',
      position: 3,
      match: { type: 'keyword', words: ['pedido'], where: 'anywhere' },
      actions: [{ type: 'tag', add: ['nunca'] }],
    });
    // In force within a second: what came before that is not answered later.
    const answerToStranger = async (): Promise<string> => {
      const stranger = app.nextPhone();
      await writes(stranger, 'Mi pedido 1');
      await expect.poll(async () => (await talksWith(stranger)).length, SOON).toBe(1);
      return (await talksWith(stranger))[0]!.lastText;
    };
    await expect.poll(answerToStranger, SOON).toContain('ya lo buscamos');
    const phone = app.nextPhone();
    await writes(phone, 'Mi pedido 123', 'Luis');
    const talk = await untilTalk(phone, 'Hola Luis: ya lo buscamos.');
    expect(await contactOf(phone)).toMatchObject({ tags: ['pedido'], attributes: { interes: 'pedido' } });
    await writes(phone, 'y mi pedido 124?');
    await expect.poll(async () => (await threadOf(talk.id)).length, SOON).toBe(3);
    expect((await threadOf(talk.id)).filter((one) => one.direction === 'out')).toHaveLength(1);
  });

  it('refuse a rule that could not be followed, naming the place', async () => {
    const bad = { name: 'x', match: { type: 'regex', pattern: '(' }, actions: [{ type: 'forward' }] };
    expect(await app.call('POST', '/api/rules', bad)).toMatchObject({
      status: 400,
      body: { errors: [{ pointer: '/match/pattern' }] },
    });
  });

  it('count a message once, however often and by however many it is brought', async () => {
    const phone = app.nextPhone();
    await writes(phone, 'una vez');
    const talk = await untilTalk(phone, 'una vez');
    const [event] = await app.sql.query<{ id: string }>(
      `SELECT event_id AS id FROM inbound_messages WHERE text = 'una vez'`,
    );
    await app.sql.query('INSERT INTO webhook_backlog (event_id) VALUES ($1)', [event!.id]);
    await expect
      .poll(async () => app.sql.query('SELECT 1 FROM webhook_backlog WHERE event_id = $1', [event!.id]), SOON)
      .toEqual([]);
    expect((await talksWith(phone))[0]).toMatchObject({ id: talk.id, unread: 1 });
    expect(await threadOf(talk.id)).toHaveLength(1);
  });

  it('are nobody else’s', async () => {
    const phone = app.nextPhone();
    await writes(phone, 'privado');
    const talk = await untilTalk(phone, 'privado');
    const headers = { authorization: `Bearer ${await app.otherKey()}` };
    for (const path of ['', '/messages', '/messages/1/media']) {
      const { status } = await app.call('GET', `/api/conversations/${talk.id}${path}`, undefined, headers);
      expect(status).toBe(404);
    }
  });

  it('are listed page by page, newest first, each once', async () => {
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const page: Page<Talk> = await get(
        `/api/conversations?limit=2${cursor === null ? '' : `&cursor=${cursor}`}`,
      );
      seen.push(...page.items.map(({ id }) => id));
      cursor = page.nextCursor;
    } while (cursor !== null);
    const [count] = await app.sql.query<{ n: number }>('SELECT count(*)::int AS n FROM conversations');
    expect(new Set(seen).size).toBe(count!.n);
    expect(seen).toHaveLength(count!.n);
  });
});
