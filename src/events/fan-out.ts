/**
 * The deliveries of events, as a WITH behind one that wrote them to the outbox and returns `FANNED_COLUMNS`. In the
 * statement that writes the event, so that whoever subscribes when it happens is told, and nothing stands between the
 * two that could lose one: no cursor over ids, which are given out in one order and committed in another.
 *
 * Costs a look at the subscriptions, of which there are few, and a row for each that wants it.
 */
export function fanOut(written: string): string {
  return `
    fanned AS (
      INSERT INTO deliveries (subscription_id, event_id, workspace_id, order_key, event_at)
      SELECT s.id, e.id, e.workspace_id, e.order_key, e.created_at
      FROM ${written} e JOIN subscriptions s ON s.workspace_id = e.workspace_id
      WHERE s.state IN ${LISTENING} AND e.type = ANY(s.events)
    )`;
}

export const FANNED_COLUMNS = 'id, workspace_id, type, order_key, created_at';

/** The states of a subscription for which events are kept: a paused one is told later, a disabled one never. */
export const LISTENING = `('active', 'paused')`;

/** One number for one contact, however the event came about; what it is about, where it is about no contact. */
export function orderKey(text: string): string {
  return `hashtextextended(${text}, 0)`;
}
