import { ApiProperty } from '@nestjs/swagger';
import { ChannelDto } from '../channels/channel.dto.js';
import type { CampaignStatus } from './campaign-state.js';
import { CAMPAIGN_STATUSES } from './campaign-state.js';

/** A campaign that has begun and is not over. */
export class ChannelRunDto {
  @ApiProperty({ format: 'uuid' })
  id!: string;

  @ApiProperty({ example: 'Recordatorio de mayo' })
  name!: string;

  @ApiProperty({ enum: CAMPAIGN_STATUSES })
  status!: CampaignStatus;

  @ApiProperty({ example: 12_000, description: 'Messages that are not sent yet, over all its channels.' })
  left!: number;

  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    description:
      'By the limits and pacing as they are now. Null while it is not sending, and where nothing limits it.',
  })
  finishesAt!: string | null;
}

export class ChangedChannelDto extends ChannelDto {
  @ApiProperty({ type: [ChannelRunDto], description: 'The campaigns that the change acts on, at most 100.' })
  campaigns!: readonly ChannelRunDto[];
}
