import { ApiProperty } from '@nestjs/swagger';
import { ArrayMaxSize, ArrayMinSize, ArrayUnique, IsUUID } from 'class-validator';
import { CAMPAIGN_STATUSES, type CampaignStatus } from '../campaign-state.js';

const MOST_CHANNELS = 100;

export class ChangeChannelsDto {
  @ApiProperty({
    type: [String],
    format: 'uuid',
    minItems: 1,
    example: ['0198c0de-0000-7000-8000-000000000001', '0198c0de-0000-7000-8000-000000000002'],
    description: 'All channels that it is to send over from now on.',
  })
  @ArrayMinSize(1)
  @ArrayMaxSize(MOST_CHANNELS)
  @ArrayUnique()
  @IsUUID('all', { each: true })
  channelIds!: string[];
}

export class ChannelsAnswerDto {
  @ApiProperty({ example: true })
  success!: boolean;

  @ApiProperty({ enum: CAMPAIGN_STATUSES, example: 'sending' })
  status!: CampaignStatus;

  @ApiProperty({ type: [String], format: 'uuid' })
  channelIds!: readonly string[];

  @ApiProperty({ example: 4200, description: 'Messages that went from a channel taken away to the others.' })
  moved!: number;

  @ApiProperty({ example: 9000, description: 'Messages that are not sent yet.' })
  left!: number;

  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    description:
      'When it will be done, by its rate and the limits and pacing of these channels; null while it is not sending, ' +
      'where nothing limits it, and while some of it lies on a paused channel.',
  })
  finishesAt!: string | null;
}

export class ChannelPauseAnswerDto {
  @ApiProperty({ example: true })
  success!: boolean;

  @ApiProperty({
    enum: CAMPAIGN_STATUSES,
    example: 'sending',
    description: 'Of the campaign, which goes on.',
  })
  status!: CampaignStatus;

  @ApiProperty({ format: 'uuid' })
  channelId!: string;

  @ApiProperty({ example: true })
  isPaused!: boolean;

  @ApiProperty({
    example: 3,
    description: 'Messages of it whose call over this channel may have begun; nothing else begins there.',
  })
  inFlight!: number;
}
