import { describe, expect, it } from 'vitest';
import type { Sql } from '../database/sql.js';
import type { AlertBook } from '../events/alert-book.js';
import type { Config } from '../config/config.js';
import type { ChannelCheckRepository } from './channel-check.repository.js';
import type { ChannelClients } from './channel-clients.js';
import { ChannelTemplates } from './channel-templates.js';
import type { ProviderTemplate, TemplatePage } from './providers/provider-answers.js';
import type { ProviderClient } from './providers/provider.js';
import type { ChannelTemplate } from './template.js';
import type { TemplateRepository } from './template.repository.js';

const PROMO: ProviderTemplate = {
  name: 'promo',
  language: 'es',
  category: 'MARKETING',
  status: 'APPROVED',
  quality: null,
  rejectedReason: null,
  parameterFormat: null,
  components: [],
  providerRef: null,
};
const SYNCED_AT = new Date('2026-05-04T10:00:00Z');

interface Known {
  readonly list?: NonNullable<ProviderClient['listTemplates']>;
  readonly rows?: readonly Partial<ProviderTemplate>[];
  readonly syncedAt?: Date | null;
}

describe('the templates of a channel', () => {
  let kept: (readonly ProviderTemplate[])[] = [];

  function templates({ list, rows = [], syncedAt = SYNCED_AT }: Known): ChannelTemplates {
    kept = [];
    const client = list === undefined ? {} : { listTemplates: list };
    const known = rows.map((row): ChannelTemplate => ({
      ...PROMO,
      ...row,
      channelId: 'c',
      syncedAt: SYNCED_AT,
      notedAt: SYNCED_AT,
    }));
    return new ChannelTemplates(
      { clientOf: async () => ({ client }) } as unknown as ChannelClients,
      {
        now: async () => 'then',
        keep: async (_id: string, _at: string, all: readonly ProviderTemplate[]) => kept.push(all),
        named: async () => known,
      } as unknown as TemplateRepository,
      { find: async () => ({ doneAt: syncedAt }) } as unknown as ChannelCheckRepository,
      {} as Config,
      { endAll: async () => undefined } as unknown as AlertBook,
      {} as Sql,
    );
  }

  const stateOf = async (known: Known, name = 'promo', language = 'es') =>
    (await templates(known).statesOf(['c'], name, language)).get('c');

  it('are read page by page and kept as a whole', async () => {
    const pages: Record<string, TemplatePage> = {
      first: { kind: 'page', templates: [PROMO], next: 'second' },
      second: { kind: 'page', templates: [{ ...PROMO, language: 'en' }], next: null },
    };
    const all = templates({ list: async (cursor) => pages[cursor ?? 'first']! });
    expect(await all.sync('c')).toEqual({ kind: 'synced', templates: 2 });
    expect(kept).toEqual([[PROMO, { ...PROMO, language: 'en' }]]);
  });

  it('are not kept by halves: a page that fails leaves what was known', async () => {
    const list = async (cursor: string | null): Promise<TemplatePage> =>
      cursor === null
        ? { kind: 'page', templates: [PROMO], next: 'second' }
        : { kind: 'failed', code: '4', reason: 'Too many calls.' };
    expect(await templates({ list }).sync('c')).toEqual({
      kind: 'failed',
      code: '4',
      reason: 'Too many calls.',
    });
    expect(kept).toEqual([]);
  });

  it('whose pages lead in a circle are given up', async () => {
    const list = async (): Promise<TemplatePage> => ({ kind: 'page', templates: [PROMO], next: 'again' });
    expect(await templates({ list }).sync('c')).toMatchObject({ kind: 'failed', code: 'endless_list' });
    expect(kept).toEqual([]);
  });

  it('of a provider that lists none are not read', async () => {
    expect(await templates({}).sync('c')).toEqual({ kind: 'nothing' });
  });

  it.each(['APPROVED', 'FLAGGED', 'REINSTATED'])('may be sent while they are %s', async (status) => {
    expect(await stateOf({ rows: [{ status }] })).toEqual({ kind: 'usable', category: 'MARKETING' });
  });

  it.each(['PENDING', 'PAUSED', 'DISABLED', 'REJECTED', 'SOMETHING_NEW'])(
    'may not while they are %s',
    async (status) => {
      expect(await stateOf({ rows: [{ status }] })).toMatchObject({ kind: 'unusable', status });
    },
  );

  it('are unknown once a list did not hold them, and not before one was read', async () => {
    expect(await stateOf({ rows: [{ language: 'en' }] })).toEqual({
      kind: 'absent',
      syncedAt: SYNCED_AT,
      languages: ['en'],
    });
    expect(await stateOf({ syncedAt: null })).toEqual({ kind: 'unlisted' });
  });

  it("are found by their provider's id where that is what they are sent by", async () => {
    const rows = [{ providerRef: 'HX0123', language: 'en' }];
    expect(await stateOf({ rows }, 'HX0123', 'es')).toMatchObject({ kind: 'usable' });
  });
});
