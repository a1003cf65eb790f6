import { Injectable } from '@nestjs/common';
import type { ListedChannel } from '../channels/channel-directory.js';
import { ChannelTemplates } from '../channels/channel-templates.js';
import type { MessageContent } from '../channels/providers/message-content.js';
import type { TemplateState } from '../channels/template.js';
import { assertNever } from '../common/assert-never.js';
import { MESSAGE_CATEGORIES, type MessageCategory } from '../ledger/suppression.js';
import type { Campaign } from './campaign.js';
import { CampaignChannels } from './campaign-channels.js';
import { TemplateNotApprovedError, TemplateUnknownError } from './template.errors.js';
import { contentsOf } from './variants/variant.js';

type NamedChannel = Pick<ListedChannel, 'id' | 'name'>;

/** The one first that stops at most opt-outs: of several accounts with other categories, no opt-out is passed over. */
export const STRICTEST_FIRST = [
  'marketing',
  'utility',
  'authentication',
] as const satisfies MessageCategory[];

/** Whether a campaign's template may be sent from its channels, as far as their providers say. */
@Injectable()
export class CampaignTemplates {
  constructor(
    private readonly templates: ChannelTemplates,
    private readonly channels: CampaignChannels,
  ) {}

  /**
   * Throws naming the first channel on which it may not. What is known may be old, so no campaign is refused by it
   * before its provider was asked once more. Answers with the category that the template has; null where none is known.
   */
  async check(
    content: MessageContent | null,
    channels: readonly NamedChannel[],
  ): Promise<MessageCategory | null> {
    if (content?.type !== 'template') return null;
    const { name, language } = content;
    const ids = channels.map((channel) => channel.id);
    let states = await this.templates.statesOf(ids, name, language);
    const refused = ids.filter((id) => isRefusal(states.get(id)!));
    if (refused.length > 0) {
      await Promise.all(refused.map((id) => this.readAgain(id)));
      states = await this.templates.statesOf(ids, name, language);
    }
    const categories = channels.map((channel) =>
      categoryOf(states.get(channel.id)!, channel, { name, language }),
    );
    return STRICTEST_FIRST.find((category) => categories.includes(category)) ?? null;
  }

  /** The same of several, which are sent as one campaign: of their categories the strictest. */
  async checkAll(
    contents: readonly MessageContent[],
    channels: readonly NamedChannel[],
  ): Promise<MessageCategory | null> {
    const found: (MessageCategory | null)[] = [];
    for (const content of contents) found.push(await this.check(content, channels));
    return STRICTEST_FIRST.find((category) => found.includes(category)) ?? null;
  }

  /** The same, of one that was started before and is to go on. */
  async checkStarted(
    campaign: Pick<Campaign, 'workspaceId' | 'content' | 'variants' | 'channelIds'>,
  ): Promise<void> {
    const contents = contentsOf(campaign);
    if (!contents.some(({ type }) => type === 'template')) return;
    const { workspaceId, channelIds } = campaign;
    await this.checkAll(contents, await this.channels.stillThere(workspaceId, channelIds));
  }

  /** Where that fails, what was known stands. */
  private async readAgain(channelId: string): Promise<void> {
    const end = await this.templates.sync(channelId);
    if (end.kind === 'synced') await this.templates.noteSync(channelId, end);
  }
}

function isRefusal({ kind }: TemplateState): boolean {
  return kind === 'absent' || kind === 'unusable';
}

function categoryOf(
  state: TemplateState,
  channel: NamedChannel,
  template: { readonly name: string; readonly language: string },
): MessageCategory | null {
  switch (state.kind) {
    case 'unlisted':
      return null;
    case 'usable':
      return MESSAGE_CATEGORIES.find((known) => known === state.category.toLowerCase()) ?? null;
    case 'absent':
      throw new TemplateUnknownError(template, channel, state.languages, state.syncedAt);
    case 'unusable':
      throw new TemplateNotApprovedError(template, channel, state);
    default:
      return assertNever(state);
  }
}
