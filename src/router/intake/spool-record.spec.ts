import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readSpool, spoolRecordOf } from './spool-record.js';
import type { WebhookEvent } from './webhook-event.js';

function event(body: Uint8Array, query = ''): WebhookEvent {
  return {
    source: {
      workspaceId: '7f9c2ba4-e88f-4d0b-9d0c-3b1f0f6a1c55',
      provider: 'evolution',
      scope: 'channel:1',
      channelIds: ['1'],
      addressChannelId: '1',
      isRepeated: false,
    },
    contentType: null,
    query,
    lane: 0,
    arrivedAtMs: 1_763_700_000_000,
    body: Buffer.from(body),
  };
}

describe('the records of the spool', () => {
  it('come back as they were, whatever their bytes', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.uint8Array({ maxLength: 200 }), fc.string())), (bodies) => {
        const events = bodies.map(([body, query]) => event(body, query));
        expect(readSpool(Buffer.concat(events.map(spoolRecordOf)))).toEqual({ events, tornBytes: 0 });
      }),
    );
  });

  it('are read up to one that is torn anywhere, or changed', () => {
    const events = [event(Buffer.from('one')), event(Buffer.from('two'))];
    const [first, second] = events.map(spoolRecordOf) as [Buffer, Buffer];
    for (let kept = 0; kept < second.length; kept += 1) {
      const torn = Buffer.concat([first, second.subarray(0, kept)]);
      expect(readSpool(torn)).toEqual({ events: [events[0]], tornBytes: kept });
    }
    const changed = Buffer.concat([first, second]);
    changed[changed.length - 1]! ^= 1;
    expect(readSpool(changed)).toEqual({ events: [events[0]], tornBytes: second.length });
  });
});
