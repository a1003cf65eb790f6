import { Injectable } from '@nestjs/common';
import type { ListedChannel } from '../../channels/channel-directory.js';
import type { MessageContent } from '../../channels/providers/message-content.js';
import { compileContent } from '../../channels/render-content.js';
import type { AudienceScope } from '../audience/audience-source.js';
import { ChannelShares } from '../channel-share.js';
import { PreflightRepository } from './preflight.repository.js';
import { windowedChannels } from '../window-rule.js';

export interface RenderedSample {
  readonly recipient: string;
  readonly channelId: string;
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
    content: MessageContent,
    channels: readonly ListedChannel[],
    positions: readonly string[],
    recipients: number,
  ): Promise<RenderedSample[]> {
    if (positions.length === 0) return [];
    const shares = await this.shares.atStart(channels, recipients);
    const windowed = windowedChannels(content, channels);
    const render = compileContent(content);
    const samples = await Promise.all(
      positions.map((position) => this.preflights.sample(scope, position, shares, windowed)),
    );
    return samples.flatMap((sample) => {
      // Somebody who was deleted since they were counted.
      if (sample === null) return [];
      const { recipient, channelId, variables } = sample;
      return [{ recipient, channelId, content: render(variables) }];
    });
  }
}
