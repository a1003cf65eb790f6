import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CAMPAIGN_EVENTS, CAMPAIGN_STATUSES } from '../src/campaigns/campaign-state.js';
import { MESSAGE_EVENTS, MESSAGE_STATES } from '../src/ledger/message-state.js';
import { statesPage } from './states-page.js';

describe('docs/states.md', () => {
  it('is what the tables of the code say; script/states draws it anew', async () => {
    await expect(statesPage()).toMatchFileSnapshot(join(import.meta.dirname, '../docs/states.md'));
  });

  it('names every state and every event', () => {
    const page = statesPage();
    for (const word of [...CAMPAIGN_STATUSES, ...CAMPAIGN_EVENTS, ...MESSAGE_STATES, ...MESSAGE_EVENTS]) {
      expect(page).toContain(`\`${word}\``);
    }
  });
});
