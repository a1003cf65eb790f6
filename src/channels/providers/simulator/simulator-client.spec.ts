import { describe, expect, it } from 'vitest';
import type { OutboundMessage, ProviderClient } from '../provider.js';
import type { SendOutcome } from '../send-outcome.js';
import { SimulatorClient } from './simulator-client.js';

const MESSAGE: OutboundMessage = {
  recipient: '+5215512345678',
  content: { type: 'text', text: 'Hola' },
  correlationId: '1:1:1',
};
const ACCEPTED: SendOutcome = { kind: 'accepted', providerId: 'wamid.A' };

class FakeLine implements ProviderClient {
  closed = false;

  constructor(private readonly outcomes: SendOutcome[]) {}

  send(): Promise<SendOutcome> {
    return Promise.resolve(this.outcomes.shift() ?? ACCEPTED);
  }

  health() {
    return Promise.resolve({ connection: 'connected' as const });
  }

  close(): Promise<void> {
    this.closed = true;
    return Promise.resolve();
  }
}

function blocked(code: string): SendOutcome {
  return { kind: 'blocked', failureClass: 'permanent_config', code, reason: '…' };
}

/** Opens the given lines one after another. */
function clientOf(...lines: FakeLine[]): { client: SimulatorClient; opened: () => number } {
  let opened = 0;
  const client = new SimulatorClient(() => {
    const line = lines[opened++];
    return line === undefined ? Promise.reject(new Error('no simulator answers')) : Promise.resolve(line);
  });
  return { client, opened: () => opened };
}

describe('a channel of the simulator', () => {
  it('makes its number known once, however many calls come at once', async () => {
    const { client, opened } = clientOf(new FakeLine([]));
    const outcomes = await Promise.all(Array.from({ length: 50 }, () => client.send(MESSAGE, 1000)));
    expect(outcomes).toEqual(Array.from({ length: 50 }, () => ACCEPTED));
    expect(opened()).toBe(1);
  });

  it('makes it known again to a simulator that was started anew; what that one refused was not sent', async () => {
    const first = new FakeLine([ACCEPTED, blocked('100/33')]);
    const { client, opened } = clientOf(first, new FakeLine([]));
    await client.send(MESSAGE, 1000);
    expect(await client.send(MESSAGE, 1000)).toMatchObject({ kind: 'unavailable', speaksOfHealth: false });
    expect(await client.send(MESSAGE, 1000)).toEqual(ACCEPTED);
    expect(opened()).toBe(2);
    expect(first.closed).toBe(true);
  });

  it('looks for a simulator again when the one it had refuses connections', async () => {
    const refused: SendOutcome = {
      kind: 'unavailable',
      code: 'connect_refused',
      reason: '…',
      speaksOfHealth: true,
    };
    const { client, opened } = clientOf(new FakeLine([refused]), new FakeLine([]));
    expect(await client.send(MESSAGE, 1000)).toEqual(refused);
    expect(await client.send(MESSAGE, 1000)).toEqual(ACCEPTED);
    expect(opened()).toBe(2);
  });

  it('stays blocked when its token was revoked there', async () => {
    const { client, opened } = clientOf(new FakeLine([blocked('190'), blocked('190')]));
    expect(await client.send(MESSAGE, 1000)).toEqual(blocked('190'));
    expect(await client.send(MESSAGE, 1000)).toEqual(blocked('190'));
    expect(opened()).toBe(1);
  });

  it('sends nothing while there is no simulator, and says why', async () => {
    const { client } = clientOf();
    expect(await client.send(MESSAGE, 1000)).toMatchObject({
      kind: 'unavailable',
      code: 'simulator_not_ready',
      reason: 'The simulator is not ready: no simulator answers. Nothing was sent.',
      speaksOfHealth: true,
    });
    expect(await client.health(1000)).toMatchObject({ connection: 'disconnected' });
  });

  it('sends nothing when the simulator does not start by the deadline', async () => {
    const client = new SimulatorClient(() => new Promise<ProviderClient>(() => undefined));
    expect(await client.send(MESSAGE, 50)).toMatchObject({
      kind: 'unavailable',
      code: 'simulator_not_ready',
    });
  });

  it('starts nothing after it was closed', async () => {
    const { client, opened } = clientOf(new FakeLine([]));
    await client.close();
    expect(await client.send(MESSAGE, 1000)).toMatchObject({ kind: 'unavailable' });
    expect(opened()).toBe(0);
  });
});
