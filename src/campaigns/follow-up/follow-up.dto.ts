import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import {
  ArrayMinSize,
  ArrayUnique,
  IsBoolean,
  IsIn,
  IsInt,
  IsObject,
  IsOptional,
  IsString,
  Length,
  Matches,
  Max,
  Min,
} from 'class-validator';
import { LONGEST_TEXT } from '../../channels/parse-content.js';
import { FOLLOWED_STATES, type FollowedState } from './follow-up.js';

const MOST_HOURS = 8760;

export class FollowUpDto {
  @ApiProperty({
    type: 'integer',
    minimum: 1,
    maximum: MOST_HOURS,
    example: 48,
    description: 'Who has had it for so long, and has neither read it nor written since.',
  })
  @IsInt()
  @Min(1)
  @Max(MOST_HOURS)
  unreadAfterHours!: number;

  @ApiPropertyOptional({
    enum: FOLLOWED_STATES,
    isArray: true,
    default: FOLLOWED_STATES,
    example: ['delivered'],
    description:
      'How far its message must have come: `delivered` alone leaves out whose phone may have been off all the time.',
  })
  @IsOptional()
  @ArrayMinSize(1)
  @ArrayUnique()
  @IsIn(FOLLOWED_STATES, { each: true })
  states?: FollowedState[];

  @ApiPropertyOptional({
    maxLength: LONGEST_TEXT,
    example: 'Hola {{nombre|cliente}}, ¿pudo ver nuestro mensaje?',
    description: 'What to say now. Without message and content it is the same again, which needs `confirm`.',
  })
  @IsOptional()
  @IsString()
  @Length(1, LONGEST_TEXT)
  message?: string;

  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: true,
    description: 'As that of a campaign; not together with message.',
    example: { type: 'template', name: 'recordatorio', language: 'es_MX' },
  })
  @IsOptional()
  @IsObject()
  content?: Record<string, unknown>;

  @ApiPropertyOptional({ example: 'Recordatorio de mayo, segunda vez', minLength: 1, maxLength: 200 })
  @IsOptional()
  @IsString()
  @Length(1, 200)
  @Matches(/\S/, { message: 'name must hold more than spaces' })
  name?: string;

  @ApiPropertyOptional({ example: false, description: 'That the same message may arrive twice.' })
  @IsOptional()
  @IsBoolean()
  confirm?: boolean;
}
