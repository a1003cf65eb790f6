import { ApiProperty } from '@nestjs/swagger';
import type { ChannelPacing } from '../channels/channel.js';
import { PACING_SCHEMA } from '../channels/channel-pacing.js';
import { FREQUENCY_CAP_SCHEMA } from './governance/frequency-cap-request.js';
import type { FrequencyCap } from '../ledger/frequency-cap.js';
import { MESSAGE_CATEGORIES, type MessageCategory } from '../ledger/suppression.js';
import { audienceShown } from './audience/audience-view.js';
import type { Campaign } from './campaign.js';
import type { CampaignStarted } from './campaign-start.service.js';
import { CAMPAIGN_STATUSES, type CampaignStatus } from './campaign-state.js';
import type { FailureLimit } from './governance/failure-limit.js';
import { canaryShown, type CanaryShown } from './governance/governance-view.js';
import { CANARY_SCHEMA, FAILURE_LIMIT_SCHEMA } from './governance/parse-governance.js';
import { nextRuns } from './schedule/recurrence.js';
import { RecurrenceViewDto } from './schedule/schedule.dto.js';
import { WindowHoursDto } from './windows/send-window.dto.js';
import type { SendWindow } from './windows/send-window.js';
import { VariantViewDto, WinnerRuleViewDto, variantsShown, winnerRuleShown } from './variants/variant.dto.js';

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
    type: [VariantViewDto],
    nullable: true,
    description: 'Where there are several texts; `content` is that of the first.',
  })
  variants!: readonly VariantViewDto[] | null;

  @ApiProperty({ type: WinnerRuleViewDto, nullable: true })
  winner!: WinnerRuleViewDto | null;

  @ApiProperty({
    type: 'object',
    additionalProperties: true,
    description:
      'all; tags { tags, anyTags, notTags }; conditions, as they were asked for and, once it was started, resolved { at, ' +
      'today, savedAudienceName, selections }; contacts { count }; file { fileName, rows, rejected, columns }; event ' +
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

  @ApiProperty({ ...CANARY_SCHEMA, nullable: true })
  canary!: CanaryShown | null;

  @ApiProperty({ ...FAILURE_LIMIT_SCHEMA, nullable: true, description: 'Null: as the settings say.' })
  holdOnFailures!: FailureLimit | null;

  @ApiProperty({ ...FREQUENCY_CAP_SCHEMA, nullable: true, description: 'Null: as the settings say.' })
  frequencyCap!: FrequencyCap | null;

  @ApiProperty({
    type: [WindowHoursDto],
    nullable: true,
    description: 'Hours in which it is sent; null: at any time that the calendar leaves.',
  })
  window!: SendWindow | null;

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
    description:
      'Milliseconds, by limits and pacing of the channels, its own rate and its hours; 0 without any.',
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
    variants: variantsShown(campaign.variants),
    winner: winnerRuleShown(campaign.winner),
    audience: audienceShown(audience),
    channelIds,
    category,
    ratePerSecond,
    pacing,
    weight,
    canary: canaryShown(campaign.canary),
    holdOnFailures: campaign.holdOnFailures,
    frequencyCap: campaign.frequencyCap,
    window: campaign.window,
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
