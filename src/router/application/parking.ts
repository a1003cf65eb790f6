import type { Parked } from './backlog.repository.js';
import type { PlacedElement } from './webhook-body.js';

const FOR_ITS_MESSAGE_MS = 60_000;
/** Every process asks once a second which channels there are. */
const FOR_ITS_CHANNEL_MS = 2_000;

/** What stays on the backlog of each event: elements without a message yet, and such without a channel. */
export function parkedOf(
  withoutMessage: readonly PlacedElement[],
  withoutChannel: readonly PlacedElement[],
): Parked[] {
  const parked = new Map<string, { elements: number[]; mostWaitMs: number }>();
  const park = ({ event, update }: PlacedElement, mostWaitMs: number): void => {
    const { elements = [], mostWaitMs: before = mostWaitMs } = parked.get(event.id) ?? {};
    elements.push(update.element);
    parked.set(event.id, { elements, mostWaitMs: Math.min(before, mostWaitMs) });
  };
  for (const element of withoutMessage) park(element, FOR_ITS_MESSAGE_MS);
  for (const element of withoutChannel) park(element, FOR_ITS_CHANNEL_MS);
  return [...parked].map(([eventId, { elements, mostWaitMs }]) => ({ eventId, elements, mostWaitMs }));
}
