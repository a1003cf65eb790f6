import { ApiPropertyOptional } from '@nestjs/swagger';
import {
  ArrayMaxSize,
  IsArray,
  IsBoolean,
  IsDefined,
  IsInt,
  IsOptional,
  IsString,
  IsUUID,
  Length,
  Max,
  Min,
} from 'class-validator';
import { IfNotNull } from '../../common/if-given.js';
import { OPERATORS } from './audience-condition.js';
import { MOST_CONDITIONS, MOST_DAYS } from './parse-conditions.js';

const MOST_TAGS = 50;
const MOST_EXCLUDED = 20;

const tagList = (description: string) =>
  ApiPropertyOptional({ type: [String], maxItems: MOST_TAGS, description, example: ['vip'] });

const dayCount = (description: string) =>
  ApiPropertyOptional({ type: 'integer', minimum: 1, maximum: MOST_DAYS, description, example: 30 });

/** What is asked of a contact; all of it holds. */
export class AudienceDto {
  @ApiPropertyOptional({
    description: 'Every contact of the workspace; with other members, those who match them.',
  })
  @IsOptional()
  @IsBoolean()
  all?: boolean;

  @tagList('Contacts that have all of these.')
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(MOST_TAGS)
  @IsString({ each: true })
  @Length(1, 100, { each: true })
  tags?: string[];

  @tagList('Contacts that have at least one of these.')
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(MOST_TAGS)
  @IsString({ each: true })
  @Length(1, 100, { each: true })
  anyTags?: string[];

  @tagList('Contacts that have none of these.')
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(MOST_TAGS)
  @IsString({ each: true })
  @Length(1, 100, { each: true })
  notTags?: string[];

  @ApiPropertyOptional({
    oneOf: [
      {
        type: 'array',
        maxItems: MOST_CONDITIONS,
        items: {
          type: 'object',
          required: ['key', 'op'],
          properties: {
            key: {
              type: 'string',
              description: 'Name of an attribute, found without case, accents and spaces.',
            },
            op: { type: 'string', enum: [...OPERATORS] },
            value: {
              description:
                'A text, a number or true/false; a list for in, notIn and between; for eq, ne and comparisons also a ' +
                'day: "2026-05-31", { "daysAgo": 30 }, { "daysAhead": 3 }. None for exists, missing, isTrue, isFalse.',
            },
          },
        },
      },
      { type: 'object', additionalProperties: true, description: 'Names and the values that they equal.' },
    ],
    description:
      'Conditions on attributes. Texts are compared without case and accents, numbers with what reads as one, days ' +
      'with ISO dates. What cannot be compared does not match; a missing attribute matches missing, ne and notIn alone.',
    example: [
      { key: 'ciudad', op: 'in', value: ['Lima', 'Cusco'] },
      { key: 'saldo', op: 'gt', value: 100 },
      { key: 'ultima_compra', op: 'lt', value: { daysAgo: 30 } },
    ],
  })
  @IfNotNull()
  @IsDefined()
  attributes?: unknown;

  @dayCount('Contacts that wrote to one of our numbers within so many days.')
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(MOST_DAYS)
  seenWithinDays?: number;

  @dayCount('Contacts that did not write within so many days, or never.')
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(MOST_DAYS)
  notSeenSinceDays?: number;

  @ApiPropertyOptional({
    type: [String],
    format: 'uuid',
    maxItems: MOST_EXCLUDED,
    description:
      'Campaigns: who got a message of one of them, or may have got one, is left out. Decided as recipients are prepared.',
  })
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(MOST_EXCLUDED)
  @IsUUID('all', { each: true })
  excludeCampaigns?: string[];

  @ApiPropertyOptional({
    format: 'uuid',
    description: 'A saved audience; what it asks for at each start is asked as well.',
  })
  @IsOptional()
  @IsUUID('all')
  savedAudienceId?: string;
}
