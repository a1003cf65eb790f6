import { Injectable } from '@nestjs/common';
import { shownOnce } from '../auth/shown-once.js';
import type { ChannelDto } from './channel.dto.js';
import type { ShownChannel } from './channel.service.js';
import { PublicAddress } from './public-address.js';
import { CLOUD_PROVIDERS } from './webhook-secrets.js';

/** Channels as the API shows them. */
@Injectable()
export class ChannelViews {
  constructor(private readonly publicAddress: PublicAddress) {}

  /** The answer to its creation, which alone shows its webhook secret; kept without it. */
  ofNew(channel: ShownChannel): ChannelDto {
    const shown = this.of(channel);
    return channel.secret === undefined ? shown : shownOnce({ ...shown, ...channel.secret }, shown);
  }

  of({ row, settings }: ShownChannel): ChannelDto {
    const { id, name, provider, limits, pacing, weight, version, standing, createdAt, updatedAt } = row;
    const { portfolioId, dailyContacts, dailyContactsBy, warmUp } = row;
    const base = this.publicAddress.get();
    const held =
      row.heldCode === null || row.heldSince === null
        ? null
        : { code: row.heldCode, reason: row.heldReason ?? '', since: row.heldSince };
    // Those of the Cloud API are told apart by their secret and share an address; all others have one each.
    const path = CLOUD_PROVIDERS.has(provider) ? '/webhook' : `/webhooks/${id}`;
    const webhookUrl = base === undefined ? null : `${base}${path}`;
    return {
      id,
      name,
      provider,
      settings,
      limits,
      pacing,
      weight,
      portfolioId,
      dailyContacts,
      dailyContactsBy,
      warmUp,
      version,
      webhookUrl,
      held,
      standing,
      createdAt,
      updatedAt,
    };
  }
}
