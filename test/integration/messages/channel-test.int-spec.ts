import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ChannelHolds } from '../../../src/channels/channel-holds.js';
import { MessagesFixture, type Reply } from './messages-app.js';

describe('the test of a channel', () => {
  let app: MessagesFixture;
  let channel: { id: string; number: string };

  beforeAll(async () => {
    app = await MessagesFixture.start();
    channel = await app.createChannel();
  });

  afterAll(async () => {
    await app.stop();
  });

  const test = (body: object, id = channel.id): Promise<Reply> =>
    app.call('POST', `/api/channels/${id}/test`, body);

  it('sends one message through the ledger and answers with what came of it', async () => {
    const phone = app.nextPhone();
    const { status, body } = await test({ phone });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      status: 'SUCCESS',
      isPending: false,
      connection: 'connected',
      result: { success: true, phone, provider_message_id: expect.stringMatching(/^wamid\./) },
    });
    expect(body).not.toHaveProperty('reason');
    expect((await app.streamsOf(channel.id)).map(({ category }) => category)).toEqual(['service']);
  });

  it('says why the provider refused it', async () => {
    await app.control.addFault({
      kind: 'error',
      status: 400,
      code: 131026,
      phoneNumberId: channel.number,
      count: 1,
    });
    const { body } = await test({ phone: app.nextPhone(), content: { type: 'text', text: 'Hola' } });
    expect(body).toMatchObject({
      status: 'FAILURE',
      result: { success: false, error_code: '131026' },
      reason: expect.any(String),
    });
  });

  it('says what it waits for where the channel sends nothing', async () => {
    const held = await app.createChannel();
    await app.get(ChannelHolds).hold(held.id, '190', 'The access token has expired; make a permanent one.');
    const { body } = await test({ phone: app.nextPhone() }, held.id);
    expect(body).toMatchObject({
      status: 'PENDING',
      isPending: true,
      reason: expect.stringContaining('The access token has expired; make a permanent one.'),
    });
  });

  it('is of no channel of another workspace, and to no number that is none', async () => {
    const nowhere = await test({ phone: app.nextPhone() }, '00000000-0000-4000-8000-000000000000');
    expect(nowhere.body.code).toBe('channel_not_found');
    expect((await test({ phone: 'nobody' })).body.code).toBe('bad_phone');
  });
});
