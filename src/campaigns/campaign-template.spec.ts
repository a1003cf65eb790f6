import { describe, expect, it } from 'vitest';
import type { ChannelTemplates, TemplateSync } from '../channels/channel-templates.js';
import type { MessageContent } from '../channels/providers/message-content.js';
import type { TemplateState } from '../channels/template.js';
import type { CampaignChannels } from './campaign-channels.js';
import { CampaignTemplates } from './campaign-template.js';

const CONTENT: MessageContent = { type: 'template', name: 'promo', language: 'es' };
const AT = new Date('2026-05-04T10:00:00Z');
const UNLISTED: TemplateState = { kind: 'unlisted' };
const ABSENT: TemplateState = { kind: 'absent', syncedAt: AT, languages: [] };
const PAUSED: TemplateState = { kind: 'unusable', status: 'PAUSED', reason: 'LOW_QUALITY', notedAt: AT };

function usable(category: string): TemplateState {
  return { kind: 'usable', category };
}

describe('the template of a campaign', () => {
  let asked: string[] = [];

  /** What is known of each channel, and what it is after its provider was asked. */
  function check(
    known: readonly TemplateState[],
    after: readonly TemplateState[] = known,
    sync: TemplateSync = { kind: 'synced', templates: 1 },
    content: MessageContent | null = CONTENT,
  ) {
    asked = [];
    const channels = known.map((_state, index) => ({ id: String(index), name: `canal ${index}` }));
    const templates = {
      statesOf: async (ids: readonly string[]) =>
        new Map(ids.map((id) => [id, (asked.length === 0 ? known : after)[Number(id)]!])),
      sync: async (id: string) => {
        asked.push(id);
        return sync;
      },
      noteSync: async () => undefined,
    } as unknown as ChannelTemplates;
    return new CampaignTemplates(templates, {} as CampaignChannels).check(content, channels);
  }

  it('brings its category, of several accounts the one that an opt-out stops first', async () => {
    expect(await check([usable('UTILITY')])).toBe('utility');
    expect(await check([usable('AUTHENTICATION'), usable('MARKETING'), usable('UTILITY')])).toBe('marketing');
    expect(await check([usable('SOMETHING')])).toBeNull();
    expect(asked).toEqual([]);
  });

  it('is believed where no list was read', async () => {
    expect(await check([UNLISTED, usable('UTILITY')])).toBe('utility');
    expect(await check([UNLISTED])).toBeNull();
  });

  it('is asked about once more before it is refused, where it would be', async () => {
    expect(await check([usable('UTILITY'), PAUSED], [usable('UTILITY'), usable('UTILITY')])).toBe('utility');
    expect(asked).toEqual(['1']);
    await expect(check([usable('UTILITY'), PAUSED])).rejects.toMatchObject({
      code: 'template_not_approved',
      message: expect.stringMatching(/is PAUSED on channel "canal 1".*Its provider says: LOW_QUALITY\./),
    });
    await expect(check([ABSENT])).rejects.toMatchObject({ code: 'template_unknown' });
  });

  it('is refused by what was known where its provider cannot be asked', async () => {
    const failed: TemplateSync = { kind: 'failed', code: '190', reason: 'The token has expired.' };
    await expect(check([PAUSED], [PAUSED], failed)).rejects.toMatchObject({ code: 'template_not_approved' });
  });

  it('is nothing that a text has', async () => {
    expect(await check([PAUSED], [PAUSED], { kind: 'nothing' }, { type: 'text', text: 'Hola' })).toBeNull();
    expect(await check([PAUSED], [PAUSED], { kind: 'nothing' }, null)).toBeNull();
  });
});
