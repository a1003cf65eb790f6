import { ApiProperty } from '@nestjs/swagger';
import type { ChannelPacing } from '../channels/channel.js';
import { PACING_SCHEMA } from '../channels/channel-pacing.js';
import { MESSAGE_CATEGORIES, type MessageCategory } from '../ledger/suppression.js';
import type { Audience } from './audience/audience.js';
import type { Campaign } from './campaign.js';
import type { CampaignStarted } from './campaign-start.service.js';
import { CAMPAIGN_STATUSES, type CampaignStatus } from './campaign-state.js';
import { nextRuns } from './schedule/recurrence.js';
import { RecurrenceViewDto } from './schedule/schedule.dto.js';

const NEXT_RUNS = 5;

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

  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    description:
      'The moment that it was or is to start at by itself; of an occurrence, that which it was made for.',
  })
  scheduledAt!: Date | null;

  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    description: 'While it is scheduled: when it starts, or when its next occurrence does.',
  })
  nextRunAt!: Date | null;

  @ApiProperty({ type: RecurrenceViewDto, nullable: true })
  recurrence!: RecurrenceViewDto | null;

  @ApiProperty({
    type: String,
    format: 'uuid',
    nullable: true,
    description: 'Of an occurrence: the campaign that recurs.',
  })
  parentId!: string | null;

  @ApiProperty({ type: String, format: 'date-time' })
  createdAt!: Date;

  @ApiProperty({ type: String, format: 'date-time' })
  updatedAt!: Date;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  startedAt!: Date | null;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  finishedAt!: Date | null;
}

export class CampaignDetailDto extends CampaignDto {
  @ApiProperty({
    type: [String],
    format: 'date-time',
    description: 'The next five starts; none unless it is scheduled.',
  })
  nextRuns!: readonly Date[];
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

  @ApiProperty({
    example: 1000,
    description: 'Who will get it: not opted out, with a number, and with an open window where it takes one.',
  })
  estimatedContacts!: number;

  @ApiProperty({
    example: 0,
    description:
      'Who is skipped as `window_closed`: they wrote to none of its channels within 24 hours, and the content is no template.',
  })
  windowClosed!: number;

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
  const { recurrence, dueAt, occurrenceAt, parentId } = campaign;
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
    scheduledAt: occurrenceAt ?? (recurrence === null ? dueAt : null),
    nextRunAt: status === 'scheduled' ? dueAt : null,
    recurrence,
    parentId,
    createdAt,
    updatedAt,
    startedAt,
    finishedAt,
  };
}

/** With what is worked out for one campaign, and would cost too much in a list of them. */
export function campaignDetailOf(campaign: Campaign): CampaignDetailDto {
  const view = campaignDtoOf(campaign);
  return { ...view, nextRuns: runsOf(view) };
}

function runsOf({ nextRunAt, recurrence }: CampaignDto): Date[] {
  if (nextRunAt === null) return [];
  if (recurrence === null) return [nextRunAt];
  return [nextRunAt, ...nextRuns(recurrence, nextRunAt, NEXT_RUNS - 1)];
}

const STARTED = 'Campaña encolada exitosamente para envío';

export function startedDtoOf(started: CampaignStarted): CampaignStartedDto {
  return {
    message: STARTED,
    jobId: started.jobId,
    estimatedContacts: started.estimatedContacts,
    windowClosed: started.windowClosed,
    estimatedTime: started.estimatedMs,
    warnings: started.warnings,
    campaign: campaignDtoOf(started.campaign),
  };
}

/** A hundred thousand ids are not repeated in every answer. */
function audienceShown(audience: Audience): Readonly<Record<string, unknown>> {
  if (audience.kind === 'contacts') return { kind: audience.kind, count: audience.ids.length };
  if (audience.kind !== 'file') return { ...audience };
  return { ...audience, columns: audience.columns.map((column) => column.name) };
}
