import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  IsInt,
  IsObject,
  IsOptional,
  IsString,
  Length,
  Matches,
  Max,
  Min,
  ValidateNested,
} from 'class-validator';
import { ChannelContactsDto, OWN_CONTACTS, PORTFOLIO, WARM_UP_SCHEMA } from './budget.dto.js';
import type { ChannelPacing } from './channel.js';
import type { SetBy } from './channel-budget.js';
import { PACING_SCHEMA } from './channel-pacing.js';
import { PROVIDER_NAMES } from './providers/all-providers.js';
import { ChannelStandingDto } from './standing.dto.js';
import type { WarmUp } from './warm-up.js';

const MOST_A_SECOND = 10_000;
const MOST_A_MINUTE = MOST_A_SECOND * 60;
const MOST_AN_HOUR = MOST_A_MINUTE * 60;
const MOST_A_DAY = MOST_AN_HOUR * 24;

const MOST_IN_FLIGHT = 10_000;

const SETTINGS_EXAMPLE = { phoneNumberId: '106540352242922', accessToken: 'EAAG…', appSecret: '…' };

/** In a change, null takes a limit away. */
export class ChannelLimitsDto {
  @ApiPropertyOptional({ type: 'integer', minimum: 1, maximum: MOST_A_SECOND, nullable: true, example: 80 })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(MOST_A_SECOND)
  perSecond?: number | null;

  @ApiPropertyOptional({ type: 'integer', minimum: 1, maximum: MOST_A_MINUTE, nullable: true })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(MOST_A_MINUTE)
  perMinute?: number | null;

  @ApiPropertyOptional({ type: 'integer', minimum: 1, maximum: MOST_AN_HOUR, nullable: true })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(MOST_AN_HOUR)
  perHour?: number | null;

  @ApiPropertyOptional({ type: 'integer', minimum: 1, maximum: MOST_A_DAY, nullable: true, example: 10_000 })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(MOST_A_DAY)
  perDay?: number | null;

  @ApiPropertyOptional({
    type: 'integer',
    minimum: 1,
    maximum: MOST_IN_FLIGHT,
    nullable: true,
    description: 'Calls that wait for their answer at once, over all workers.',
    example: 20,
  })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(MOST_IN_FLIGHT)
  maxInFlight?: number | null;
}

export class CreateChannelDto extends ChannelContactsDto {
  @ApiProperty({ minLength: 1, maxLength: 100, example: 'ventas' })
  @IsString()
  @Length(1, 100)
  @Matches(/^\S(.*\S)?$/, { message: 'name must neither begin nor end with a space' })
  name!: string;

  @ApiProperty({ enum: [...PROVIDER_NAMES] })
  @IsString()
  @Length(1, 100)
  provider!: string;

  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: true,
    description:
      'What the provider needs. whatsapp-cloud: baseUrl?, apiVersion?, phoneNumberId, wabaId?, accessToken, appSecret? ' +
      '(proves webhooks), verifyToken?. waha: baseUrl, apiKey, session?, hmacKey? (proves webhooks), checkNumbers?. ' +
      'evolution: baseUrl, instance, apiKey, integration?. ' +
      'http-gateway: baseUrl, preset? or send, headers?, fields?, secretFields?, media?, answer?, errors?, status?, ' +
      'restart?, qr?, webhook?, webhookToken?. ' +
      'twilio: accountSid, authToken, from or messagingServiceSid, apiKeySid? and apiKeySecret?, validitySeconds?, ' +
      'baseUrl?, contentBaseUrl?, messagingBaseUrl?. ' +
      'simulator: latencyMs?, jitterMs?, failureRate?, throttleRate?, unknownRate?, ' +
      'deliveredRate?, readRate?, replyRate?, statusDelayMs?, enforceWindow?, seed?. Secrets are never shown again.',
    example: SETTINGS_EXAMPLE,
  })
  @IsOptional()
  @IsObject()
  settings?: Record<string, unknown>;

  @ApiPropertyOptional({
    type: ChannelLimitsDto,
    description:
      'Without them, the defaults of the provider (twilio: 10 a second, 600 a minute, 36,000 an hour, 50 in flight); ' +
      'where it has none, as fast as it takes messages. Who names a rate is held to no default rate.',
  })
  @IsOptional()
  @ValidateNested()
  @Type(() => ChannelLimitsDto)
  limits?: ChannelLimitsDto;

  @ApiPropertyOptional(PACING_SCHEMA)
  @IsOptional()
  @IsObject()
  pacing?: Record<string, unknown>;

  @ApiPropertyOptional({
    type: 'integer',
    minimum: 1,
    maximum: 10,
    default: 1,
    description: 'Share among several.',
  })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(10)
  weight?: number;
}

/** What is not given stays; in settings and limits each member by itself, and null takes one away. */
export class ChangeChannelDto extends ChannelContactsDto {
  @ApiPropertyOptional({ minLength: 1, maxLength: 100 })
  @IsOptional()
  @IsString()
  @Length(1, 100)
  @Matches(/^\S(.*\S)?$/, { message: 'name must neither begin nor end with a space' })
  name?: string;

  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: true,
    description: 'Members to change. New settings lift a hold: the next call shows whether they work.',
    example: { accessToken: 'EAAG…' },
  })
  @IsOptional()
  @IsObject()
  settings?: Record<string, unknown>;

  @ApiPropertyOptional({ type: ChannelLimitsDto })
  @IsOptional()
  @ValidateNested()
  @Type(() => ChannelLimitsDto)
  limits?: ChannelLimitsDto;

  @ApiPropertyOptional({ ...PACING_SCHEMA, description: 'Replaces the whole pacing.' })
  @IsOptional()
  @IsObject()
  pacing?: Record<string, unknown>;

  @ApiPropertyOptional({ type: 'integer', minimum: 1, maximum: 10 })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(10)
  weight?: number;
}

export class ChannelHeldDto {
  @ApiProperty({ example: '190' })
  code!: string;

  @ApiProperty({ example: 'The access token is wrong or has expired; …' })
  reason!: string;

  @ApiProperty({ type: String, format: 'date-time' })
  since!: Date;
}

export class ChannelDto {
  @ApiProperty({ format: 'uuid' })
  id!: string;

  @ApiProperty({ example: 'ventas' })
  name!: string;

  @ApiProperty({ enum: [...PROVIDER_NAMES] })
  provider!: string;

  @ApiProperty({
    type: 'object',
    additionalProperties: true,
    description: 'Without the secrets.',
    example: { baseUrl: 'https://graph.facebook.com', apiVersion: 'v23.0', phoneNumberId: '106540352242922' },
  })
  settings!: Record<string, unknown>;

  @ApiProperty({ type: ChannelLimitsDto })
  limits!: ChannelLimitsDto;

  @ApiProperty(PACING_SCHEMA)
  pacing!: ChannelPacing;

  @ApiProperty({ type: 'integer', minimum: 1, maximum: 10 })
  weight!: number;

  @ApiProperty(PORTFOLIO)
  portfolioId!: string | null;

  @ApiProperty({ type: Number, nullable: true, description: OWN_CONTACTS, example: 1000 })
  dailyContacts!: number | null;

  @ApiProperty({
    enum: ['provider', 'person'],
    description: 'Whose word dailyContacts is; what a person set, the provider does not change.',
  })
  dailyContactsBy!: SetBy;

  @ApiProperty(WARM_UP_SCHEMA)
  warmUp!: WarmUp | null;

  @ApiProperty({
    type: 'integer',
    description: 'Grows with each change of limits, pacing, budget, settings or hold.',
  })
  version!: number;

  @ApiProperty({
    type: String,
    nullable: true,
    description:
      'Where the provider must post its webhooks. Null where this process does not know: set CAUDAL_PUBLIC_URL.',
    example: 'https://caudal.example.com/webhook',
  })
  webhookUrl!: string | null;

  @ApiPropertyOptional({
    description:
      'Only in the answer to its creation, and only where the provider signs nothing: the webhookUrl of that answer ' +
      'ends with it. It may be sent as the header X-Webhook-Secret instead.',
  })
  webhookSecret?: string;

  @ApiProperty({
    type: ChannelHeldDto,
    nullable: true,
    description: 'Why nothing is sent until somebody mends it.',
  })
  held!: ChannelHeldDto | null;

  @ApiProperty({
    type: ChannelStandingDto,
    nullable: true,
    description: 'What the provider thinks of the number; null where it does not say, or was not asked yet.',
  })
  standing!: ChannelStandingDto | null;

  @ApiProperty({ type: String, format: 'date-time' })
  createdAt!: Date;

  @ApiProperty({ type: String, format: 'date-time' })
  updatedAt!: Date;
}

export class ChannelPageDto {
  @ApiProperty({ type: [ChannelDto] })
  items!: readonly ChannelDto[];

  @ApiProperty({ type: String, nullable: true })
  nextCursor!: string | null;
}
