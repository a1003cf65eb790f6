import { ApiProperty } from '@nestjs/swagger';
import type { ChannelPacing } from '../channels/channel.js';
import { PACING_SCHEMA } from '../channels/channel-pacing.js';
import { MESSAGE_CATEGORIES, type MessageCategory } from '../ledger/suppression.js';
import type { Audience } from './audience.js';
import type { Campaign } from './campaign.js';
import { CAMPAIGN_STATUSES, type CampaignStatus } from './campaign-state.js';

export class CampaignDto {
  @ApiProperty({ format: 'uuid' })
  id!: string;

  @ApiProperty({ example: 'Recordatorio de mayo' })
  name!: string;

  @ApiProperty({ enum: CAMPAIGN_STATUSES })
  status!: CampaignStatus;

  @ApiProperty({ type: String, nullable: true, description: 'Why it is so, where that is not plain.' })
  statusReason!: string | null;

  @ApiProperty({
    type: 'object',
    additionalProperties: true,
    example: { type: 'text', text: 'Hola {{nombre|cliente}}' },
  })
  content!: unknown;

  @ApiProperty({
    type: 'object',
    additionalProperties: true,
    description:
      'all; tags { tags, anyTags, notTags }; contacts { count }; file { fileName, rows, rejected, columns }; event ' +
      '{ eventId }; bulk { messages }.',
    example: {
      kind: 'file',
      fileName: 'mayo.csv',
      rows: 10_000,
      rejected: 20,
      columns: ['telefono', 'nombre'],
    },
  })
  audience!: Readonly<Record<string, unknown>>;

  @ApiProperty({ type: [String], format: 'uuid' })
  channelIds!: readonly string[];

  @ApiProperty({ enum: MESSAGE_CATEGORIES })
  category!: MessageCategory;

  @ApiProperty({ type: Number, nullable: true, description: 'Its own limit; null: those of its channels.' })
  ratePerSecond!: number | null;

  @ApiProperty({
    ...PACING_SCHEMA,
    nullable: true,
    description: 'Its own pacing, as it was given; null: that of its channels alone.',
  })
  pacing!: ChannelPacing | null;

  @ApiProperty({ example: 1, description: 'Its part of channels that other campaigns send over as well.' })
  weight!: number;

  @ApiProperty({ type: String, format: 'date-time' })
  createdAt!: Date;

  @ApiProperty({ type: String, format: 'date-time' })
  updatedAt!: Date;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  startedAt!: Date | null;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  finishedAt!: Date | null;
}

export class CampaignPageDto {
  @ApiProperty({ type: [CampaignDto] })
  items!: readonly CampaignDto[];

  @ApiProperty({ type: String, nullable: true })
  nextCursor!: string | null;
}

export class CampaignStartedDto {
  @ApiProperty({ example: 'Campaña encolada exitosamente para envío' })
  message!: string;

  @ApiProperty({ example: '42' })
  jobId!: string;

  @ApiProperty({ example: 1000, description: 'Who will get it: not opted out, and with a number.' })
  estimatedContacts!: number;

  @ApiProperty({
    example: 100_000,
    description: 'Milliseconds, by limits and pacing of the channels and its own rate; 0 without any.',
  })
  estimatedTime!: number;

  @ApiProperty({ type: [String], description: 'What keeps it from sending for now.', example: [] })
  warnings!: readonly string[];

  @ApiProperty({ type: CampaignDto })
  campaign!: CampaignDto;
}

export function campaignDtoOf(campaign: Campaign): CampaignDto {
  const { id, name, status, statusReason, content, audience, channelIds, category, ratePerSecond } = campaign;
  const { pacing, weight, createdAt, updatedAt, startedAt, finishedAt } = campaign;
  return {
    id,
    name,
    status,
    statusReason,
    content,
    audience: audienceShown(audience),
    channelIds,
    category,
    ratePerSecond,
    pacing,
    weight,
    createdAt,
    updatedAt,
    startedAt,
    finishedAt,
  };
}

/** A hundred thousand ids are not repeated in every answer. */
function audienceShown(audience: Audience): Readonly<Record<string, unknown>> {
  if (audience.kind === 'contacts') return { kind: audience.kind, count: audience.ids.length };
  if (audience.kind !== 'file') return { ...audience };
  return { ...audience, columns: audience.columns.map((column) => column.name) };
}
