import { Injectable } from '@nestjs/common';
import { ResendRepository } from '../ledger/resend.repository.js';
import type { Campaign } from './campaign.js';
import {
  CampaignMessageRepository,
  type CampaignMessage,
  type MessageFilter,
} from './campaign-message.repository.js';

/** Where a list of recipients stands: a number, and which dispatch of the campaign it is of. */
export type MessagePlace = readonly [seq: number, dispatch: number];
export const FIRST_PLACE: MessagePlace = [0, 0];

export interface PlacedMessage {
  readonly message: CampaignMessage;
  readonly place: MessagePlace;
}

/** Goes through the recipients of a campaign, each once: those of its run, then those that were sent again. */
@Injectable()
export class CampaignMessageWalk {
  constructor(
    private readonly messages: CampaignMessageRepository,
    private readonly resends: ResendRepository,
  ) {}

  /** The run first; resends are only ever added behind, so a place stays what it is. */
  async dispatchesOf({ id, dispatchId, resends }: Campaign): Promise<readonly string[]> {
    if (dispatchId === null) return [];
    return resends === 0 ? [dispatchId] : this.resends.dispatchesOf(id);
  }

  /** Up to `limit` after a place; fewer only at the end. */
  async after(
    workspaceId: string,
    dispatchIds: readonly string[],
    filter: MessageFilter,
    place: MessagePlace,
    limit: number,
  ): Promise<PlacedMessage[]> {
    const wanted = dispatchIds.length > 1 ? { ...filter, isNewest: true } : filter;
    const found: PlacedMessage[] = [];
    const [seq, first] = place;
    for (let at = first; at < dispatchIds.length && found.length < limit; at += 1) {
      const rows = await this.messages.page(
        workspaceId,
        dispatchIds[at]!,
        wanted,
        at === first ? seq : 0,
        limit - found.length,
      );
      found.push(...rows.map((message) => ({ message, place: [message.seq, at] as const })));
    }
    return found;
  }
}

/** Cursors of lists that were begun before there were resends hold the number alone. */
export function placeOf(key: readonly number[] | null): MessagePlace {
  return key === null ? FIRST_PLACE : [key[0] ?? 0, key[1] ?? 0];
}

export function isPlace(key: unknown): key is number[] {
  return (
    Array.isArray(key) &&
    (key.length === 1 || key.length === 2) &&
    key.every((part) => Number.isSafeInteger(part) && part >= 0)
  );
}
