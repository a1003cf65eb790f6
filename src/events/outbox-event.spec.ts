import { describe, expect, it } from 'vitest';
import { orderOf } from './outbox-event.js';

const workspaceId = '7f9c2ba4-e88f-4d0b-9d0c-3b1f0f6a1c55';

describe('the order of events', () => {
  it('is that of the contact where there is one, whatever the event', () => {
    const recipient = '+525512345678';
    const events = ['message.received', 'contact.opted_out'].map((type) =>
      orderOf({ workspaceId, type, payload: { channelId: 'c', contactId: '1' }, recipient }),
    );
    expect(events).toEqual([recipient, recipient]);
  });

  it('is that of the campaign, the channel or the import otherwise', () => {
    expect([
      orderOf({ workspaceId, type: 'campaign.started', payload: { campaignId: 'a', name: 'x' } }),
      orderOf({ workspaceId, type: 'campaign.completed', payload: { campaignId: 'a' } }),
      orderOf({ workspaceId, type: 'channel.held', payload: { channelId: 'b' } }),
      orderOf({ workspaceId, type: 'import.completed', payload: { id: 'c', status: 'done' } }),
      orderOf({ workspaceId, type: 'messages.stuck', payload: { campaignId: null } }),
    ]).toEqual(['campaign a', 'campaign a', 'channel b', 'import c', 'messages ']);
  });
});
