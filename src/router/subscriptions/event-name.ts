const FORM = /^evt_(\d{1,18})$/;

/** The name of an event outside: `webhook-id`, `id` in the body, and the id of its deliveries. */
export function eventName(eventId: string): string {
  return `evt_${eventId}`;
}

/** Null for what is no name of an event. */
export function eventIdOf(name: string): string | null {
  return FORM.exec(name)?.[1] ?? null;
}
