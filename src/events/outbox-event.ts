/** Something that happened, e.g. `campaign.started`, told in ids and small values. */
export interface OutboxEvent {
  readonly workspaceId: string;
  readonly type: string;
  readonly payload: Readonly<Record<string, unknown>>;
  /** The canonical number of the contact whom it happened to: all events of a contact are delivered in their order. */
  readonly recipient?: string;
}

/** What names the thing that an event of no contact is about. */
const SUBJECTS = ['campaignId', 'channelId', 'contactId', 'id'];

/** Events for which this is the same are delivered one after the other. */
export function orderOf({ type, payload, recipient }: OutboxEvent): string {
  if (recipient !== undefined) return recipient;
  const [noun] = type.split('.', 1);
  const subject = SUBJECTS.map((name) => payload[name]).find((id) => typeof id === 'string');
  return `${noun} ${subject ?? ''}`;
}
