import { Injectable } from '@nestjs/common';
import type { ChannelDto } from './channel.dto.js';
import type { ShownChannel } from './channel.service.js';
import { PublicAddress } from './public-address.js';

/** Channels as the API shows them. */
@Injectable()
export class ChannelViews {
  constructor(private readonly publicAddress: PublicAddress) {}

  of({ row, settings }: ShownChannel): ChannelDto {
    const { id, name, provider, limits, pacing, weight, version, createdAt, updatedAt } = row;
    const base = this.publicAddress.get();
    const held =
      row.heldCode === null || row.heldSince === null
        ? null
        : { code: row.heldCode, reason: row.heldReason ?? '', since: row.heldSince };
    const webhookUrl = base === undefined ? null : `${base}/webhook`;
    return {
      id,
      name,
      provider,
      settings,
      limits,
      pacing,
      weight,
      version,
      webhookUrl,
      held,
      createdAt,
      updatedAt,
    };
  }
}
