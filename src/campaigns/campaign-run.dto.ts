import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsNumber, Max, Min, ValidateIf } from 'class-validator';
import { ChannelSlowdownDto } from '../queue/channel-status.dto.js';
import { REASON_CODES, type ReasonCode } from '../queue/sending-reason.js';
import { FASTEST_RATE, SLOWEST_RATE } from './campaign.dto.js';
import { CAMPAIGN_STATUSES, type CampaignStatus } from './campaign-state.js';

export class OrderAnswerDto {
  @ApiProperty({ example: true })
  success!: boolean;

  @ApiProperty({ enum: CAMPAIGN_STATUSES, example: 'pausing' })
  status!: CampaignStatus;

  @ApiProperty({
    example: 12,
    description: 'Messages whose call may have begun; nothing else begins any more.',
  })
  inFlight!: number;
}

export class CampaignRateDto {
  @ApiProperty({
    type: Number,
    nullable: true,
    minimum: SLOWEST_RATE,
    maximum: FASTEST_RATE,
    example: 5,
    description: 'Over all its channels, beside their limits. null takes it off: then those alone hold.',
  })
  @ValidateIf(({ ratePerSecond }: CampaignRateDto) => ratePerSecond !== null)
  @IsNumber({ allowNaN: false, allowInfinity: false })
  @Min(SLOWEST_RATE)
  @Max(FASTEST_RATE)
  ratePerSecond!: number | null;
}

export class CampaignRateAnswerDto {
  @ApiProperty({ example: true })
  success!: boolean;

  @ApiProperty({ enum: CAMPAIGN_STATUSES, example: 'sending' })
  status!: CampaignStatus;

  @ApiProperty({ type: Number, nullable: true, example: 5 })
  ratePerSecond!: number | null;

  @ApiProperty({ example: 900, description: 'Messages that are not sent yet.' })
  left!: number;

  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    description:
      'When it will be done, by this rate and the limits and pacing of its channels; null while it is not sending or ' +
      'where nothing limits it.',
  })
  finishesAt!: string | null;
}

export class CampaignProgressDto {
  @ApiProperty({ example: 122, description: 'total − pending − inflight' })
  processed!: number;

  @ApiProperty({ example: 9980 })
  total!: number;

  @ApiProperty({ example: 118, description: 'accepted + sent + delivered + read' })
  success!: number;

  @ApiProperty({ example: 2 })
  failed!: number;

  @ApiProperty({ example: 1.2 })
  percentage!: number;

  @ApiProperty({ example: 9850 })
  pending!: number;

  @ApiProperty({ example: 8 })
  inflight!: number;

  @ApiProperty({ example: 10 })
  accepted!: number;

  @ApiProperty({ example: 20 })
  sent!: number;

  @ApiProperty({ example: 60 })
  delivered!: number;

  @ApiProperty({ example: 28 })
  read!: number;

  @ApiProperty({ example: 0, description: 'Nobody can tell whether it arrived; never sent again by itself.' })
  unknown!: number;

  @ApiProperty({ example: 0, description: 'Unknown for longer than its horizon.' })
  unconfirmed!: number;

  @ApiProperty({ example: 2 })
  skipped!: number;

  @ApiProperty({ example: 0 })
  cancelled!: number;
}

export class CampaignMetricsDto {
  @ApiProperty({ example: 79.6, description: 'Over the last seconds.' })
  ratePerSecond!: number;

  @ApiProperty({
    type: Number,
    nullable: true,
    example: 84.2,
    description: 'From the barrier to the acceptance.',
  })
  averageLatencyMs!: number | null;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  startedAt!: string | null;

  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    description: 'At the rate of now; of a campaign with a pacing or hours of its own, by those.',
  })
  finishesAt!: string | null;
}

export class CampaignReasonDto {
  @ApiProperty({ enum: REASON_CODES, example: 'paused' })
  code!: ReasonCode;

  @ApiProperty({ example: 'crm integration paused it.' })
  text!: string;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  since!: string | null;
}

export class UnableChannelDto extends CampaignReasonDto {
  @ApiProperty({ format: 'uuid' })
  channelId!: string;
}

export class UnsettledDto {
  @ApiProperty({ example: 3, description: 'Evidence may still tell.' })
  unknown!: number;

  @ApiProperty({ example: 1, description: 'No evidence came in time. It counts if it still comes.' })
  unconfirmed!: number;

  @ApiProperty({ example: 'Of 3 messages it is not known yet whether the provider took them. …' })
  text!: string;
}

export class SlowedChannelDto extends ChannelSlowdownDto {
  @ApiProperty({ format: 'uuid' })
  channelId!: string;
}

export class CampaignRunStatusDto {
  @ApiProperty({ format: 'uuid' })
  campaignId!: string;

  @ApiProperty({ enum: CAMPAIGN_STATUSES, example: 'sending' })
  status!: CampaignStatus;

  @ApiProperty({ example: 20, description: 'A job is a batch of messages.' })
  totalJobs!: number;

  @ApiProperty({ example: 5 })
  activeJobs!: number;

  @ApiProperty({ example: 14 })
  waitingJobs!: number;

  @ApiProperty({ example: 1 })
  completedJobs!: number;

  @ApiProperty({ example: 1, description: 'Batches with a failed message.' })
  failedJobs!: number;

  @ApiProperty({ type: CampaignProgressDto })
  progress!: CampaignProgressDto;

  @ApiProperty({ type: CampaignMetricsDto })
  metrics!: CampaignMetricsDto;

  @ApiPropertyOptional({
    type: UnsettledDto,
    description: 'Messages that may or may not have arrived, and what can be done.',
  })
  unsettled?: UnsettledDto;

  @ApiPropertyOptional({ type: CampaignReasonDto, description: 'Why it is not sending right now.' })
  reason?: CampaignReasonDto;

  @ApiPropertyOptional({
    type: [UnableChannelDto],
    description: 'Of several channels, those that cannot send now, and why; the others do their work.',
  })
  unableChannels?: readonly UnableChannelDto[];

  @ApiPropertyOptional({
    type: [SlowedChannelDto],
    description: 'Channels that send slower than they may, why, and until when.',
  })
  slowedChannels?: readonly SlowedChannelDto[];
}

export class QueueStatusDto {
  @ApiProperty({ example: true })
  success!: boolean;

  @ApiProperty({ type: CampaignRunStatusDto })
  status!: CampaignRunStatusDto;
}
