import { Injectable } from '@nestjs/common';
import { ChannelRows } from './channel-rows.repository.js';

/**
 * Durable holds: a channel whose token or account does not work sends nothing until a person has mended it, whatever
 * is restarted meanwhile. Both answer with the channel's new version, which wins wherever the channel is cached, or
 * null when there was nothing to change.
 */
@Injectable()
export class ChannelHolds {
  constructor(private readonly rows: ChannelRows) {}

  /**
   * @param seenVersion the version under which the refused call was made: a call that was still on its way with the
   *   old token must not hold a channel that has a new one by now
   */
  hold(channelId: string, code: string, reason: string, seenVersion?: number): Promise<number | null> {
    return this.rows.hold(channelId, code, reason, seenVersion ?? null);
  }

  lift(workspaceId: string, channelId: string): Promise<number | null> {
    return this.rows.lift(workspaceId, channelId);
  }
}
