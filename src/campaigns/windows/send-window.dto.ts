import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { ValidateIf } from 'class-validator';
import { CAMPAIGN_STATUSES, type CampaignStatus } from '../campaign-state.js';
import { DAYS, ZONE_WORDS, type Day, type SendWindow, type ZoneWord } from './send-window.js';

export class WindowHoursDto {
  @ApiPropertyOptional({
    enum: DAYS,
    isArray: true,
    nullable: true,
    description: 'Every day where left out; of hours over midnight, the day on which they begin.',
  })
  days!: readonly Day[] | null;

  @ApiProperty({ example: '09:00' })
  from!: string;

  @ApiProperty({
    example: '18:00',
    description: 'Earlier than from: on the next day. "24:00" is the end of the day.',
  })
  to!: string;

  @ApiPropertyOptional({
    enum: ZONE_WORDS,
    default: 'workspace',
    description: 'Whose clock: the same in all windows of a campaign.',
  })
  zone!: ZoneWord;
}

/** One, or a list of them. */
export const WINDOW_SCHEMA = {
  oneOf: [
    { $ref: '#/components/schemas/WindowHoursDto' },
    { type: 'array', maxItems: 10, items: { $ref: '#/components/schemas/WindowHoursDto' } },
  ],
  nullable: true,
  example: { days: ['mon', 'tue', 'wed', 'thu', 'fri'], from: '09:00', to: '18:00', zone: 'recipient' },
};

export class ChangeWindowDto {
  @ApiProperty({ ...WINDOW_SCHEMA, description: 'null: at any time that the calendar leaves.' })
  @ValidateIf(({ window }: ChangeWindowDto) => window !== null)
  window!: unknown;
}

export class ChangedWindowDto {
  @ApiProperty({ example: true })
  success!: boolean;

  @ApiProperty({ enum: CAMPAIGN_STATUSES, example: 'sending' })
  status!: CampaignStatus;

  @ApiProperty({ type: [WindowHoursDto], nullable: true })
  window!: SendWindow | null;

  @ApiProperty({ example: 900, description: 'Messages that are not sent yet.' })
  left!: number;

  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    description:
      'When it will be done, with these hours; null while it is not sending or where nothing limits it.',
  })
  finishesAt!: string | null;
}
