import { describe, expect, it } from 'vitest';
import { readBehaviour } from './behaviour.js';
import { ControlFields } from './control-fields.js';
import { planLife } from './message-life.js';
import { SeededRandom } from './seeded-random.js';
import { encodeEvent, eventAfterSeconds, eventKind, eventRow } from './status-event.js';
import { TimeWheel } from './time-wheel.js';

/** Notes instead of waiting. */
class NotingWheel extends TimeWheel<number> {
  readonly noted: { delayMs: number; event: number }[] = [];

  constructor() {
    super(1, () => undefined);
  }

  override add(delayMs: number, event: number): void {
    this.noted.push({ delayMs, event });
  }
}

function plan(behaviour: object, { failing = false, messages = 2000 } = {}) {
  const wheel = new NotingWheel();
  const random = new SeededRandom(3);
  const read = readBehaviour(new ControlFields(behaviour));
  let dropped = 0;
  for (let row = 0; row < messages; row++) dropped += planLife(row, failing, read, random, wheel).dropped;
  const ofMessage = Array.from({ length: messages }, (_unused, row) =>
    wheel.noted
      .filter(({ event }) => eventRow(event) === row)
      .sort((one, other) => one.delayMs - other.delayMs)
      .map(({ event }) => eventKind(event)),
  );
  return { dropped, ofMessage, noted: wheel.noted };
}

describe('planLife', () => {
  it('lets every message be sent, then delivered, then read or not', () => {
    const { ofMessage } = plan({ readRate: 0.5 }, { messages: 200 });
    for (const kinds of ofMessage) expect(['sent,delivered', 'sent,delivered,read']).toContain(kinds.join());
  });

  it('gives a failing message one failed status and nothing else', () => {
    const { ofMessage } = plan({}, { failing: true, messages: 50 });
    for (const kinds of ofMessage) expect(kinds).toEqual(['failed']);
  });

  it('posts statuses out of order when told to shuffle them', () => {
    const { ofMessage } = plan({ shuffleStatuses: true, readRate: 1 }, { messages: 100 });
    const orders = new Set(ofMessage.map((kinds) => kinds.join()));
    expect(orders.size).toBe(6);
  });

  it('drops, doubles and delays statuses at their rates, but never a reply', () => {
    const { dropped, noted } = plan(
      { dropStatusRate: 1, replyRate: 1, readRate: 0, duplicateStatusRate: 1, lateStatusRate: 1 },
      { messages: 20 },
    );
    expect(dropped).toBe(40);
    expect(noted.map(({ event }) => eventKind(event))).toEqual(Array.from({ length: 20 }, () => 'reply'));
    const doubled = plan({ duplicateStatusRate: 1, readRate: 0 }, { messages: 20 });
    expect(doubled.noted).toHaveLength(80);
    const late = plan({ lateStatusRate: 1, lateStatusMs: 50_000, readRate: 0 }, { messages: 20 });
    for (const { delayMs, event } of late.noted) {
      expect(delayMs).toBeGreaterThan(50_000);
      expect(eventAfterSeconds(event)).toBeLessThan(2);
    }
  });
});

describe('encodeEvent', () => {
  it('keeps the row, the kind and the seconds, far beyond a million rows', () => {
    const event = encodeEvent(123_456_789, 'read', 86.7);
    expect([eventRow(event), eventKind(event), eventAfterSeconds(event)]).toEqual([123_456_789, 'read', 86]);
    expect(eventAfterSeconds(encodeEvent(1, 'reply', 1e9))).toBe(8191);
  });
});
