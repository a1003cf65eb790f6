import { ApiProperty } from '@nestjs/swagger';
import { MESSAGE_STATES } from '../../ledger/message-state.js';
import { VariantFiguresDto } from '../variants/variant-figures.dto.js';
import type { StateCounts } from './report.js';

const STATES_SCHEMA = {
  type: 'object',
  properties: Object.fromEntries(MESSAGE_STATES.map((state) => [state, { type: 'integer' }])),
  required: [...MESSAGE_STATES],
  additionalProperties: false,
} as const;

class ReportGroupDto {
  @ApiProperty({ example: 4000, description: 'Recipients.' })
  total!: number;

  @ApiProperty({ ...STATES_SCHEMA, required: true, description: 'The recipients by state.' } as never)
  states!: StateCounts;
}

export class ReportChannelDto extends ReportGroupDto {
  @ApiProperty({
    type: String,
    format: 'uuid',
    nullable: true,
    description: 'null: skipped before it had one.',
  })
  channelId!: string | null;

  @ApiProperty({ type: String, nullable: true, example: 'ventas', description: 'null: it was removed.' })
  name!: string | null;
}

export class ReportCountryDto extends ReportGroupDto {
  @ApiProperty({
    type: String,
    nullable: true,
    example: 'MX',
    description: 'ISO 3166-1, told by the number; null where that does not tell.',
  })
  country!: string | null;
}

export class ReportCodeDto extends ReportGroupDto {
  @ApiProperty({ example: '131026', description: 'The last code of these recipients.' })
  code!: string;

  @ApiProperty({ example: 'This number cannot receive the message.' })
  reason!: string;
}

export class ReportHourDto {
  @ApiProperty({ type: String, format: 'date-time', example: '2026-05-04T16:00:00.000Z' })
  hour!: Date;

  @ApiProperty({ example: 3600 })
  accepted!: number;

  @ApiProperty({ example: 3550, description: 'By the status of the provider, like the next two.' })
  sent!: number;

  @ApiProperty({ example: 3400 })
  delivered!: number;

  @ApiProperty({ example: 1200 })
  read!: number;

  @ApiProperty({ example: 50 })
  failed!: number;
}

export class ReportTimeDto {
  @ApiProperty({ example: 3400, description: 'Recipients that it is known of.' })
  count!: number;

  @ApiProperty({ type: Number, nullable: true, example: 2350 })
  medianMs!: number | null;

  @ApiProperty({ type: Number, nullable: true, example: 9100 })
  p95Ms!: number | null;
}

class ReportTimesDto {
  @ApiProperty({ type: ReportTimeDto })
  delivered!: ReportTimeDto;

  @ApiProperty({ type: ReportTimeDto })
  read!: ReportTimeDto;
}

export class CampaignReportDto {
  @ApiProperty({ format: 'uuid' })
  campaignId!: string;

  @ApiProperty({ description: 'All of it is of this instant; it may be some seconds old.' })
  generatedAt!: Date;

  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    description:
      'When the recipients were let go, being old: then the totals are left, and the lists are empty.',
  })
  purgedAt!: Date | null;

  @ApiProperty({
    type: 'object',
    additionalProperties: { type: 'integer' },
    description:
      'The counters: `total`, and where each recipient is. The same as `progress` in queue-status.',
  })
  totals!: StateCounts & { readonly total: number };

  @ApiProperty({
    type: Boolean,
    nullable: true,
    description: 'Whether counting every recipient gave the totals; null when they were let go.',
  })
  reconciles!: boolean | null;

  @ApiProperty({ type: [ReportChannelDto] })
  byChannel!: readonly ReportChannelDto[];

  @ApiProperty({ type: [ReportCountryDto] })
  byCountry!: readonly ReportCountryDto[];

  @ApiProperty({ type: [ReportCodeDto] })
  byCode!: readonly ReportCodeDto[];

  @ApiProperty({
    type: [ReportHourDto],
    description: 'What happened in each hour, UTC; empty hours are left out.',
  })
  byHour!: readonly ReportHourDto[];

  @ApiProperty({
    type: [VariantFiguresDto],
    description: 'Of a campaign with several texts: each of them, and who waits for the winner. Else empty.',
  })
  byVariant!: readonly VariantFiguresDto[];

  @ApiProperty({
    type: ReportTimesDto,
    description: 'From the call that the provider accepted until then, within 1 %.',
  })
  timeTo!: ReportTimesDto;
}
