import { Injectable } from '@nestjs/common';
import type { ListedChannel } from '../../channels/channel-directory.js';
import type { MessageContent } from '../../channels/providers/message-content.js';
import { compileContent } from '../../channels/render-content.js';
import type { AudienceScope } from '../audience/audience-source.js';
import { ChannelShares } from '../channel-share.js';
import type { NamedContent } from '../variants/variant-preflight.js';
import { PreflightRepository } from './preflight.repository.js';
import { windowedChannels } from '../window-rule.js';

export interface RenderedSample {
  readonly recipient: string;
  readonly channelId: string;
  /** Null where there is one content for all. */
  readonly variant: string | null;
  /** Whether it is the one that this person gets; the others are shown beside it. */
  readonly isTheirs: boolean;
  readonly content: MessageContent;
}

/** Messages as some people would get them. */
@Injectable()
export class PreflightSamples {
  constructor(
    private readonly preflights: PreflightRepository,
    private readonly shares: ChannelShares,
  ) {}

  async of(
    scope: AudienceScope,
    contents: readonly NamedContent[],
    channels: readonly ListedChannel[],
    positions: readonly string[],
    recipients: number,
  ): Promise<RenderedSample[]> {
    if (positions.length === 0) return [];
    const shares = await this.shares.atStart(channels, recipients);
    const windowed = windowedChannels(contents[0]!.content, channels);
    const compiled = contents.map(({ variant, content }) => ({ variant, render: compileContent(content) }));
    const samples = await Promise.all(
      positions.map((position) => this.preflights.sample(scope, position, shares, windowed)),
    );
    return samples.flatMap((sample) => {
      // Somebody who was deleted since they were counted.
      if (sample === null) return [];
      const { recipient, channelId, variables } = sample;
      return compiled.map(({ variant, render }, index) => {
        const isTheirs = index === sample.variant;
        return { recipient, channelId, variant, isTheirs, content: render(variables) };
      });
    });
  }
}
