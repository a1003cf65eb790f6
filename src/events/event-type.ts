/** What somebody can be told of, with the words of docs/webhooks-out.md, which a test holds against this list. */
export const EVENT_TYPES = [
  'message.accepted',
  'message.sent',
  'message.delivered',
  'message.read',
  'message.failed',
  'message.unknown',
  'message.received',
  'message.forwarded',
  'contact.opted_out',
  'contact.opted_in',
  'campaign.started',
  'campaign.paused',
  'campaign.held',
  'campaign.completed',
  'campaign.stopped',
  'campaign.failed',
  'campaign.winner_chosen',
  'channel.opened',
  'channel.closed',
  'channel.held',
  'import.completed',
] as const;
export type EventType = (typeof EVENT_TYPES)[number];

/** There may be thousands of these a second: they are written down only where somebody asks for them. */
export const MESSAGE_EVENTS: readonly EventType[] = EVENT_TYPES.filter((type) => type.startsWith('message.'));
