import { expect, it } from 'vitest';
import type { ClaimedEvent } from './claimed-event.js';
import { parkedOf } from './parking.js';
import type { PlacedElement } from './webhook-body.js';

function element(id: string, nth: number): PlacedElement {
  return {
    event: { id } as ClaimedEvent,
    channelIds: [],
    update: { element: nth },
  } as unknown as PlacedElement;
}

it('waits a minute at most for a message, and two seconds where one element of the body waits for its channel', () => {
  const withoutMessage = [element('1', 0), element('2', 3)];
  const withoutChannel = [element('2', 4), element('3', 1), element('3', 2)];
  expect(parkedOf(withoutMessage, withoutChannel)).toEqual([
    { eventId: '1', elements: [0], mostWaitMs: 60_000 },
    { eventId: '2', elements: [3, 4], mostWaitMs: 2_000 },
    { eventId: '3', elements: [1, 2], mostWaitMs: 2_000 },
  ]);
});
