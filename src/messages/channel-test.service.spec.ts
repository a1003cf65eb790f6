import { describe, expect, it } from 'vitest';
import type { ChannelChoices } from '../channels/channel-choice.js';
import type { ChannelClients } from '../channels/channel-clients.js';
import type { MessageState } from '../ledger/message-state.js';
import type { ChannelObstacles } from '../queue/channel-obstacle.js';
import { because } from '../queue/sending-reason.js';
import { ChannelTests } from './channel-test.service.js';
import type { MessageRequest } from './message-request.js';
import type { MessageService } from './message.service.js';
import type { TaskMessage } from './task.js';
import type { TaskService } from './task.service.js';

const HELD = because('channel_held', null, 'ventas', 'The token has expired.');
const REQUEST = { phone: '+5215512345678' } as MessageRequest;

/** A message that goes through these states, one a look, and stays in the last. */
function testOf(...states: MessageState[]): ChannelTests {
  const message = (state: MessageState): TaskMessage => ({
    state,
    tries: 0,
    recipient: '+5215512345678',
    code: null,
    trail: null,
    providerId: null,
  });
  const health = async () => ({ connection: 'disconnected', reason: 'accessToken is wrong.' });
  return new ChannelTests(
    { choose: async () => ({}) } as unknown as ChannelChoices,
    { clientOf: async () => ({ client: { health } }) } as unknown as ChannelClients,
    { post: async () => 'task' } as unknown as MessageService,
    {
      get: async () => message(states.length > 1 ? states.shift()! : states[0]!),
    } as unknown as TaskService,
    { of: async () => HELD } as unknown as ChannelObstacles,
  );
}

describe('the test of a channel', () => {
  it('waits for what comes of its message', async () => {
    expect(await testOf('pending', 'inflight', 'accepted').run('w', 'c', REQUEST)).toMatchObject({
      taskId: 'task',
      message: { state: 'accepted' },
      obstacle: null,
    });
  });

  it('tells a refusal, and what the provider says of the settings', async () => {
    expect(await testOf('failed').run('w', 'c', REQUEST)).toMatchObject({
      message: { state: 'failed' },
      health: { connection: 'disconnected', reason: 'accessToken is wrong.' },
    });
  });

  it('says what its message waits for when the wait is over', async () => {
    expect(await testOf('pending').run('w', 'c', REQUEST, 1)).toMatchObject({
      message: { state: 'pending' },
      obstacle: HELD,
    });
  });
});
