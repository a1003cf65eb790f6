import { applyDecorators } from '@nestjs/common';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsInt, IsObject, IsUUID, Max, Min } from 'class-validator';
import { IfNotNull } from '../common/if-given.js';

export const MOST_DAILY_CONTACTS = 10_000_000;

/** The budget of a day; Meta's tiers are 250, 1,000, 2,000, 10,000 and 100,000, and any number may be set. */
export function DailyContacts(about: string) {
  return applyDecorators(
    ApiPropertyOptional({
      type: 'integer',
      nullable: true,
      minimum: 1,
      maximum: MOST_DAILY_CONTACTS,
      example: 1000,
      description: `${about} Null: as many as one likes. Never given: what the provider says, where it says it.`,
    }),
    IfNotNull(),
    IsInt(),
    Min(1),
    Max(MOST_DAILY_CONTACTS),
  );
}

export const WARM_UP_SCHEMA = {
  type: 'object',
  nullable: true,
  description:
    'For a new number: `start` contacts on its first day, and on each later one `factor` times as many or `addPerDay` ' +
    'more, for so many `days` or `until` an instant; without either, as long as it makes a difference. It begins ' +
    '`since` an instant, or now. The lower of this and dailyContacts holds; null ends it.',
  properties: {
    start: { type: 'integer', minimum: 1, maximum: MOST_DAILY_CONTACTS },
    factor: { type: 'number', minimum: 1, maximum: 10, description: 'Above 1.' },
    addPerDay: { type: 'integer', minimum: 1, maximum: MOST_DAILY_CONTACTS },
    days: { type: 'integer', minimum: 1, maximum: 365 },
    since: { type: 'string', format: 'date-time' },
    until: { type: 'string', format: 'date-time' },
  },
  required: ['start'] as string[],
  additionalProperties: false,
  example: { start: 50, factor: 2, days: 7 },
} as const;

/** How a budget of contacts stands. */
export class ContactBudgetDto {
  @ApiProperty({
    type: 'integer',
    description: 'Contacts left now; 0 also where more were written to.',
    example: 240,
  })
  left!: number;

  @ApiProperty({ type: 'integer', description: 'Who counts now: written to within 24 hours.', example: 760 })
  used!: number;

  @ApiProperty({
    type: 'integer',
    description: 'The budget of today: the lower of the tier and the ramp.',
    example: 1000,
  })
  today!: number;

  @ApiProperty({
    type: 'integer',
    nullable: true,
    description: 'The budget in 24 hours; null: as many as one likes.',
    example: 2000,
  })
  tomorrow!: number | null;

  @ApiPropertyOptional({
    type: String,
    format: 'date-time',
    description: 'When the next place comes free, while none is.',
  })
  nextPlaceAt?: string;

  @ApiPropertyOptional({
    format: 'uuid',
    description: 'The portfolio whose places are the fewest, where it has some.',
  })
  portfolioId?: string;
}

export const OWN_CONTACTS =
  'Unique contacts that it may begin conversations with in a moving 24 hours, beside what its portfolio has.';
export const PORTFOLIO = {
  format: 'uuid',
  nullable: true,
  type: String,
  description: 'The portfolio whose budget of contacts it shares (POST /api/portfolios); null: none.',
} as const;

/** Whom a channel may begin conversations with. */
export class ChannelContactsDto {
  @ApiPropertyOptional(PORTFOLIO)
  @IfNotNull()
  @IsUUID('all')
  portfolioId?: string | null;

  @DailyContacts(OWN_CONTACTS)
  dailyContacts?: number | null;

  @ApiPropertyOptional(WARM_UP_SCHEMA)
  @IfNotNull()
  @IsObject()
  warmUp?: Record<string, unknown> | null;
}
