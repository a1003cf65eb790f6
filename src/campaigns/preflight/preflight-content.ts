import { Injectable } from '@nestjs/common';
import type { ListedChannel } from '../../channels/channel-directory.js';
import { ChannelTemplates } from '../../channels/channel-templates.js';
import type { MessageContent } from '../../channels/providers/message-content.js';
import { adviceOn, type TemplateState } from '../../channels/template.js';
import { assertNever } from '../../common/assert-never.js';
import type { MessageCategory } from '../../ledger/suppression.js';
import { STRICTEST_FIRST } from '../campaign-template.js';
import { ofVariant, type NamedContent } from '../variants/variant-preflight.js';
import type { PreflightWarning } from './preflight-warnings.js';

export interface ContentVerdict {
  /** That of its template; null where none is known. */
  readonly category: MessageCategory | null;
  readonly warnings: readonly PreflightWarning[];
}

/** What channels and their providers have against a content, as it is known: nobody is asked. */
@Injectable()
export class PreflightContents {
  constructor(private readonly templates: ChannelTemplates) {}

  /** Of several, which go out as one campaign: the category that opt-outs stop first, and every warning. */
  async ofAll(
    contents: readonly NamedContent[],
    channels: readonly ListedChannel[],
  ): Promise<ContentVerdict> {
    const verdicts = await Promise.all(contents.map(({ content }) => this.of(content, channels)));
    const categories = new Set(verdicts.map(({ category }) => category));
    return {
      category: STRICTEST_FIRST.find((category) => categories.has(category)) ?? null,
      warnings: verdicts.flatMap(({ warnings }, index) => ofVariant(contents[index]!.variant, warnings)),
    };
  }

  private async of(content: MessageContent, channels: readonly ListedChannel[]): Promise<ContentVerdict> {
    const unsupported = channels.flatMap((channel): PreflightWarning[] => {
      const fault = channel.contentFault(content);
      const text = `Channel "${channel.name}" cannot send this content: ${fault}. Start would be refused.`;
      return fault === undefined ? [] : [{ code: 'content_unsupported', text }];
    });
    if (content.type !== 'template') return { category: null, warnings: unsupported };
    const ids = channels.map(({ id }) => id);
    const states = await this.templates.statesOf(ids, content.name, content.language);
    const known = [...states.values()].flatMap((state) =>
      state.kind === 'usable' ? [state.category.toLowerCase()] : [],
    );
    const what = `Template "${content.name}" (${content.language})`;
    const ofTemplate = channels.flatMap(({ id, name }) => templateWarning(states.get(id)!, what, name));
    return {
      category: STRICTEST_FIRST.find((category) => known.includes(category)) ?? null,
      warnings: [...unsupported, ...ofTemplate],
    };
  }
}

function templateWarning(state: TemplateState, what: string, channel: string): PreflightWarning[] {
  switch (state.kind) {
    case 'usable':
    case 'unlisted':
      return [];
    case 'absent': {
      const others = state.languages.length === 0 ? '' : ` It is there in ${state.languages.join(', ')}.`;
      return [{ code: 'template_unknown', text: `${what} is not there on channel "${channel}".${others}` }];
    }
    case 'unusable': {
      const why = state.reason === null ? '' : ` (${state.reason})`;
      const text = `${what} is ${state.status}${why} on channel "${channel}": ${adviceOn(state.status)}`;
      return [{ code: 'template_not_approved', text }];
    }
    default:
      return assertNever(state);
  }
}
