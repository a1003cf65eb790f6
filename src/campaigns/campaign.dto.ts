import { ApiProperty, ApiPropertyOptional, OmitType, PartialType } from '@nestjs/swagger';
import { Transform, Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayNotEmpty,
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsNumber,
  IsObject,
  IsOptional,
  IsString,
  IsUUID,
  Length,
  Matches,
  Max,
  Min,
  ValidateNested,
} from 'class-validator';
import { PageQueryDto } from '../common/page.dto.js';
import { MESSAGE_CATEGORIES, type MessageCategory } from '../ledger/suppression.js';
import { PACING_SCHEMA } from '../channels/channel-pacing.js';
import { LONGEST_TEXT } from '../channels/parse-content.js';
import { AudienceDto } from './audience/audience.dto.js';
import { CANARY_SCHEMA, FAILURE_LIMIT_SCHEMA } from './governance/parse-governance.js';
import { FREQUENCY_CAP_SCHEMA } from './governance/frequency-cap-request.js';
import { CAMPAIGN_STATUSES, type CampaignStatus } from './campaign-state.js';
import { RecurrenceDto } from './schedule/schedule.dto.js';
import { WINDOW_SCHEMA } from './windows/send-window.dto.js';
import { SeveralTextsDto } from './variants/variant.dto.js';

const MOST_CONTACTS = 100_000;
const MOST_CHANNELS = 100;
export const SLOWEST_RATE = 0.01;
export const FASTEST_RATE = 10_000;
const LIGHTEST_WEIGHT = 1;
const HEAVIEST_WEIGHT = 10;

const CONTENT_DESCRIPTION =
  'text { text }; template { name, language, components? } with the component shapes of Meta; image, video { url, ' +
  'caption? }, document { url, caption?, fileName? }, audio { url }; on the Cloud API mediaId instead of url, ' +
  'interactive { interactive }, replyTo. Any text of it may hold {{variables}}: contact ' +
  'fields, attributes and columns, found without case, accents and spaces; {{name|cliente}} gives a default.';

const TEMPLATE_EXAMPLE = {
  type: 'template',
  name: 'aviso_saldo',
  language: 'es_MX',
  components: [{ type: 'body', parameters: [{ type: 'text', text: '{{nombre|cliente}}' }] }],
};

export class CreateCampaignDto extends SeveralTextsDto {
  @ApiProperty({ example: 'Recordatorio de mayo', minLength: 1, maxLength: 200 })
  @IsString()
  @Length(1, 200)
  @Matches(/\S/, { message: 'name must hold more than spaces' })
  name!: string;

  @ApiPropertyOptional({
    description: 'A text, short for content { type: "text", text }.',
    example: 'Hola {{nombre|cliente}}, tu saldo es {{saldo}}.',
    maxLength: LONGEST_TEXT,
  })
  @IsOptional()
  @IsString()
  @Length(1, LONGEST_TEXT)
  message?: string;

  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: true,
    description: CONTENT_DESCRIPTION,
    example: TEMPLATE_EXAMPLE,
  })
  @IsOptional()
  @IsObject()
  content?: Record<string, unknown>;

  @ApiPropertyOptional({
    type: [String],
    maxItems: MOST_CONTACTS,
    description: 'Ids of contacts; not together with audience.',
    example: ['101', '102'],
  })
  @IsOptional()
  @Transform(({ value }: { value: unknown }) =>
    Array.isArray(value) ? value.map((id: unknown) => (typeof id === 'number' ? String(id) : id)) : value,
  )
  @IsArray()
  @ArrayNotEmpty()
  @ArrayMaxSize(MOST_CONTACTS)
  @Matches(/^[1-9]\d{0,17}$/, { each: true, message: 'contacts must be ids of contacts, such as "101"' })
  contacts?: string[];

  @ApiPropertyOptional({ type: AudienceDto, example: { tags: ['vip'], notTags: ['moroso'] } })
  @IsOptional()
  @IsObject()
  @ValidateNested()
  @Type(() => AudienceDto)
  audience?: AudienceDto;

  @ApiPropertyOptional({
    type: [String],
    format: 'uuid',
    maxItems: MOST_CHANNELS,
    description: 'The numbers to send from; may be left out where the workspace has one.',
  })
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(MOST_CHANNELS)
  @IsUUID('all', { each: true })
  channelIds?: string[];

  @ApiPropertyOptional({ enum: MESSAGE_CATEGORIES, default: 'marketing' })
  @IsOptional()
  @IsIn(MESSAGE_CATEGORIES)
  category?: MessageCategory;

  @ApiPropertyOptional({
    minimum: SLOWEST_RATE,
    maximum: FASTEST_RATE,
    example: 5,
    description: 'Its own limit over all its channels, beside theirs; 0.1 is one every ten seconds.',
  })
  @IsOptional()
  @IsNumber({ allowNaN: false, allowInfinity: false })
  @Min(SLOWEST_RATE)
  @Max(FASTEST_RATE)
  ratePerSecond?: number;

  @ApiPropertyOptional({
    ...PACING_SCHEMA,
    description:
      'Its own pacing over all its channels and workers, beside theirs: the slower of the two at each instant. It ' +
      'counts its own messages, so a rest does not begin it anew; even: as fast as its channels together, spread.',
  })
  @IsOptional()
  @IsObject()
  pacing?: Record<string, unknown>;

  @ApiPropertyOptional({
    type: 'integer',
    minimum: LIGHTEST_WEIGHT,
    maximum: HEAVIEST_WEIGHT,
    default: 1,
    description:
      'Its part of a channel that other campaigns send over at the same time: 3 gets three messages for each one of a ' +
      'campaign with 1. May be changed while it runs, alone.',
  })
  @IsOptional()
  @IsInt()
  @Min(LIGHTEST_WEIGHT)
  @Max(HEAVIEST_WEIGHT)
  weight?: number;

  @ApiPropertyOptional({
    ...WINDOW_SCHEMA,
    description:
      'Hours in which it is sent, one or up to ten; what does not fit goes on at the next opening. Beside them the ' +
      'holidays and quiet hours of PUT /api/calendar. In a change, null takes them away.',
  })
  @IsOptional()
  window?: unknown;

  @ApiPropertyOptional({
    ...CANARY_SCHEMA,
    nullable: true,
    description:
      'So many recipients first, drawn at random. When all of them are settled and waitMinutes have passed, the others ' +
      'follow, unless more than maxFailureRate of it failed or is unknown or more than maxOptOutRate opted out: then it ' +
      'is held, and POST …/confirm lets it go on. In a change, null takes it away.',
  })
  @IsOptional()
  @IsObject()
  canary?: Record<string, unknown> | null;

  @ApiPropertyOptional({
    ...FAILURE_LIMIT_SCHEMA,
    nullable: true,
    description:
      'It is held as soon as more than this part of its last so many messages failed or is unknown. Left out: as ' +
      'CAUDAL_HOLD_ON_FAILURES says. In a change, null takes it away.',
  })
  @IsOptional()
  @IsObject()
  holdOnFailures?: Record<string, unknown> | null;

  @ApiPropertyOptional({
    ...FREQUENCY_CAP_SCHEMA,
    nullable: true,
    description:
      'Whoever got so many marketing messages within so many days, of whatever campaign or request, is left out ' +
      '(skipped: over_cap), decided for each recipient when it would be sent. Of a campaign whose category is marketing. ' +
      'Left out: as CAUDAL_FREQUENCY_CAP says. In a change, null takes it away.',
  })
  @IsOptional()
  @IsObject()
  frequencyCap?: Record<string, unknown> | null;

  @ApiPropertyOptional({
    type: String,
    nullable: true,
    example: '2027-05-01T09:00:00-06:00',
    description:
      'When it starts by itself: with an offset, or without one together with timezone. In a change, null makes it a ' +
      'draft again.',
  })
  @IsOptional()
  @IsString()
  @Length(1, 50)
  scheduledAt?: string | null;

  @ApiPropertyOptional({ example: 'America/Mexico_City', description: 'Of a scheduledAt without an offset.' })
  @IsOptional()
  @IsString()
  @Length(1, 100)
  timezone?: string;

  @ApiPropertyOptional({
    type: RecurrenceDto,
    nullable: true,
    description:
      'It recurs: each occurrence is a campaign of its own, with the audience of that moment. Not together with ' +
      'scheduledAt; in a change, null makes it a draft again.',
  })
  @IsOptional()
  @IsObject()
  @ValidateNested()
  @Type(() => RecurrenceDto)
  recurrence?: RecurrenceDto | null;

  @ApiPropertyOptional({
    example: true,
    description:
      'With scheduledAt or recurrence: that a campaign to more recipients than CAUDAL_CONFIRM_ABOVE is meant. Nobody is ' +
      'asked when it is due.',
  })
  @IsOptional()
  @IsBoolean()
  confirm?: boolean;
}

/** The form of the same request, which brings its recipients; lists and objects are JSON text in it. */
export class CampaignFormDto extends OmitType(CreateCampaignDto, ['contacts', 'audience']) {
  @ApiProperty({
    type: 'string',
    format: 'binary',
    description: 'A CSV, a TSV or an Excel workbook (.xlsx) of recipients; each column is a variable.',
  })
  file!: unknown;

  @ApiPropertyOptional({ example: 'MX', description: 'Of numbers that are written without a country code.' })
  defaultCountry?: string;

  @ApiPropertyOptional({ description: 'JSON: what a column is.', example: '{"Tel. titular":"phone"}' })
  mapping?: string;
}

export class ChangeCampaignDto extends PartialType(CreateCampaignDto) {}

export class CampaignQueryDto extends PageQueryDto {
  @ApiPropertyOptional({ enum: CAMPAIGN_STATUSES })
  @IsOptional()
  @IsIn(CAMPAIGN_STATUSES)
  status?: CampaignStatus;

  @ApiPropertyOptional({ description: 'Part of the name, in any case.', example: 'mayo' })
  @IsOptional()
  @IsString()
  @Length(1, 200)
  search?: string;

  @ApiPropertyOptional({ format: 'uuid', description: 'The occurrences of a campaign that recurs.' })
  @IsOptional()
  @IsUUID('all')
  parentId?: string;
}
