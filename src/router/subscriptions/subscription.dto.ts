import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import {
  ArrayNotEmpty,
  ArrayUnique,
  IsArray,
  IsIn,
  IsInt,
  IsString,
  Length,
  Max,
  Min,
} from 'class-validator';
import { IfGiven, IfNotNull } from '../../common/if-given.js';
import { EVENT_TYPES, type EventType } from '../../events/event-type.js';
import { SUBSCRIPTION_STATES, type SubscriptionState } from './subscription.js';

const MOST_OVERLAP_SECONDS = 7 * 86_400;
const DAY_SECONDS = 86_400;

const URL_SHOWN = {
  example: 'https://crm.example.com/caudal',
  description:
    'Where events are posted; https, and no private address that CAUDAL_PRIVATE_HOSTS does not list.',
};
const EVENTS_SHOWN = { enum: EVENT_TYPES, isArray: true, example: ['message.delivered', 'message.failed'] };
const SECRET_SHOWN = {
  example: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
  description: 'whsec_ and the base64 of 24 to 64 random bytes. Left out, one is made.',
};

export class CreateSubscriptionDto {
  @ApiProperty(URL_SHOWN)
  @IsString()
  @Length(1, 2000)
  url!: string;

  @ApiProperty(EVENTS_SHOWN)
  @IsArray()
  @ArrayNotEmpty()
  @ArrayUnique()
  @IsIn(EVENT_TYPES, { each: true })
  events!: EventType[];

  @ApiPropertyOptional({ type: String, nullable: true, example: 'CRM' })
  @IfNotNull()
  @IsString()
  @Length(1, 200)
  description?: string | null;

  @ApiPropertyOptional(SECRET_SHOWN)
  @IfGiven()
  @IsString()
  secret?: string;
}

export class UpdateSubscriptionDto {
  @ApiPropertyOptional(URL_SHOWN)
  @IfGiven()
  @IsString()
  @Length(1, 2000)
  url?: string;

  @ApiPropertyOptional(EVENTS_SHOWN)
  @IfGiven()
  @IsArray()
  @ArrayNotEmpty()
  @ArrayUnique()
  @IsIn(EVENT_TYPES, { each: true })
  events?: EventType[];

  @ApiPropertyOptional({ type: String, nullable: true, example: 'CRM' })
  @IfNotNull()
  @IsString()
  @Length(1, 200)
  description?: string | null;

  @ApiPropertyOptional({
    enum: ['active', 'paused'],
    description: 'paused: events are kept and sent when it is active again. active: also ends `disabled`.',
  })
  @IfGiven()
  @IsIn(['active', 'paused'])
  state?: 'active' | 'paused';
}

export class RotateSecretDto {
  @ApiPropertyOptional(SECRET_SHOWN)
  @IfGiven()
  @IsString()
  secret?: string;

  @ApiPropertyOptional({
    minimum: 0,
    maximum: MOST_OVERLAP_SECONDS,
    default: DAY_SECONDS,
    description: 'For how long the old secret signs beside the new one; 0 where it has leaked.',
  })
  @IfGiven()
  @IsInt()
  @Min(0)
  @Max(MOST_OVERLAP_SECONDS)
  keepOldForSeconds: number = DAY_SECONDS;
}

export class RotatedSecretDto {
  @ApiProperty({ description: 'Shown this once.', example: SECRET_SHOWN.example })
  secret!: string;

  @ApiProperty({ type: String, format: 'date-time', description: 'Until then the old one signs, too.' })
  oldUntil!: Date;
}

export class SubscriptionDto {
  @ApiProperty({ format: 'uuid' })
  id!: string;

  @ApiProperty(URL_SHOWN)
  url!: string;

  @ApiProperty(EVENTS_SHOWN)
  events!: readonly EventType[];

  @ApiProperty({ type: String, nullable: true, example: 'CRM' })
  description!: string | null;

  @ApiProperty({ enum: SUBSCRIPTION_STATES, description: 'disabled: by Caudal, for `stateReason`.' })
  state!: SubscriptionState;

  @ApiProperty({ type: String, nullable: true, example: null })
  stateReason!: string | null;

  @ApiProperty({ type: String, format: 'date-time', nullable: true, description: 'Nothing was taken since.' })
  failingSince!: Date | null;

  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    description: 'It keeps failing and is left alone until then; then one event is tried.',
  })
  restsUntil!: Date | null;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  lastDeliveredAt!: Date | null;

  @ApiProperty({ type: String, format: 'date-time' })
  createdAt!: Date;

  @ApiProperty({ type: String, format: 'date-time' })
  updatedAt!: Date;
}

export class CreatedSubscriptionDto extends SubscriptionDto {
  @ApiProperty({
    description: 'What events are signed with: shown this once.',
    example: SECRET_SHOWN.example,
  })
  secret!: string;
}

export class SubscriptionPageDto {
  @ApiProperty({ type: [SubscriptionDto] })
  items!: readonly SubscriptionDto[];

  @ApiProperty({ type: String, nullable: true })
  nextCursor!: string | null;
}
