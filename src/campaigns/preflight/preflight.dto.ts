import { ApiProperty } from '@nestjs/swagger';
import type { StandingQuality } from '../../channels/standing.js';
import { MESSAGE_CATEGORIES, type MessageCategory } from '../../ledger/suppression.js';
import { CAMPAIGN_STATUSES, type CampaignStatus } from '../campaign-state.js';
import { PreflightCostDto } from './preflight-cost.dto.js';
import { WARNING_CODES } from './preflight-warnings.js';

const count = (description: string, example = 0) => ApiProperty({ type: 'integer', description, example });
const maybe = (description: string, example: number) =>
  ApiProperty({ type: Number, nullable: true, description, example });

class PreflightCountsDto {
  @count('Everybody in the audience, or all rows of the file.', 1000)
  audience!: number;

  @count('Who would get the message.', 950)
  recipients!: number;

  @count('Who opted out, or is suppressed because of what a provider said.', 40)
  optedOut!: number;

  @count('Rows whose number is none.', 6)
  invalid!: number;

  @count('Later rows of a number that came before.', 4)
  duplicates!: number;

  @count('People of an event without a ticket that can be sent.')
  noTicket!: number;

  @count('Who would get it besides, had they written to one of its channels within 24 hours.')
  windowClosed!: number;

  @count(
    'Who got as many marketing messages lately as its frequency cap allows; decided anew when each is sent.',
  )
  overCap!: number;

  @count('Of the recipients, who lacks a variable that has no default.')
  missingVariables!: number;
}

class PreflightMissingDto {
  @ApiProperty({ example: 'saldo' })
  name!: string;

  @count('Recipients that have no value for it.', 12)
  rows!: number;
}

class PreflightSampleDto {
  @ApiProperty({ example: '+525512345678' })
  recipient!: string;

  @ApiProperty({ format: 'uuid' })
  channelId!: string;

  @ApiProperty({ type: String, nullable: true, description: 'Of a campaign with variants: which.' })
  variant!: string | null;

  @ApiProperty({ description: 'Whether it is the one that this person would get.' })
  isTheirs!: boolean;

  @ApiProperty({
    type: 'object',
    additionalProperties: true,
    description: 'As this person would read it.',
    example: { type: 'text', text: 'Hola Ana, te esperamos en Oaxaca.' },
  })
  content!: unknown;
}

class PreflightObstacleDto {
  @ApiProperty({ example: 'channel_held' })
  code!: string;

  @ApiProperty({ example: 'Channel "Ventas" is held: the token has expired.' })
  text!: string;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  since!: string | null;
}

class PreflightChannelDto {
  @ApiProperty({ format: 'uuid' })
  id!: string;

  @ApiProperty({ example: 'Ventas' })
  name!: string;

  @ApiProperty({ example: 0.75, description: 'Its part of the recipients, 0 to 1.' })
  share!: number;

  @count('Messages that it would send.', 713)
  messages!: number;

  @maybe('By limits, pacing and what its provider slowed it to; null: nothing says it.', 20)
  ratePerSecond!: number | null;

  @maybe('Its limit perDay.', 10_000)
  dayLimit!: number | null;

  @maybe('What is left of it now; null where there is no such limit, or Redis is away.', 9500)
  dayLeft!: number | null;

  @maybe(
    'People to whom its provider lets it begin conversations in 24 hours; null: no limit, or not known.',
    2000,
  )
  recipientsPerDay!: number | null;

  @maybe(
    'Unique contacts that its budget, or that of its portfolio, allows in 24 hours; null: no budget.',
    2000,
  )
  contactsPerDay!: number | null;

  @maybe('What is left of it now; null where there is no budget.', 1240)
  contactsLeft!: number | null;

  @ApiProperty({ enum: ['GREEN', 'YELLOW', 'RED', 'UNKNOWN'] })
  quality!: StandingQuality;

  @ApiProperty({ type: PreflightObstacleDto, nullable: true, description: 'What keeps it from sending now.' })
  obstacle!: PreflightObstacleDto | null;
}

class PreflightWarningDto {
  @ApiProperty({ enum: WARNING_CODES, example: 'no_opt_out' })
  code!: (typeof WARNING_CODES)[number];

  @ApiProperty({ description: 'For people; its wording may change.' })
  text!: string;
}

export class PreflightDto {
  @ApiProperty({ format: 'uuid' })
  campaignId!: string;

  @ApiProperty({ enum: CAMPAIGN_STATUSES, example: 'draft' })
  status!: CampaignStatus;

  @ApiProperty({ enum: MESSAGE_CATEGORIES, description: 'That of its template, where that is known.' })
  category!: MessageCategory;

  @ApiProperty({ type: PreflightCountsDto })
  counts!: PreflightCountsDto;

  @ApiProperty({ type: [PreflightMissingDto] })
  missingVariables!: readonly PreflightMissingDto[];

  @ApiProperty({
    type: [PreflightSampleDto],
    description: 'Three people, where there are so many; of each variant one for each of them.',
  })
  samples!: readonly PreflightSampleDto[];

  @count('By limits and pacing; 0 where nothing limits it.', 47_500)
  durationMs!: number;

  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    description: 'From now, or from its time if it waits for one; null where nothing limits it.',
  })
  finishesAt!: string | null;

  @ApiProperty({ type: [PreflightChannelDto] })
  channels!: readonly PreflightChannelDto[];

  @ApiProperty({ type: PreflightCostDto, nullable: true, description: 'Null without PUT /api/prices.' })
  cost!: PreflightCostDto | null;

  @ApiProperty({ type: [PreflightWarningDto] })
  warnings!: readonly PreflightWarningDto[];

  @ApiProperty({
    example: false,
    description: 'More recipients than CAUDAL_CONFIRM_ABOVE: start needs confirm.',
  })
  needsConfirmation!: boolean;
}
