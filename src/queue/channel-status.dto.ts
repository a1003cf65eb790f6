import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { ContactBudgetDto } from '../channels/budget.dto.js';
import { ChannelStandingDto } from '../channels/standing.dto.js';

export class ChannelBudgetDto {
  @ApiPropertyOptional({ example: 540 })
  perMinute?: number;

  @ApiPropertyOptional({ example: 35_000 })
  perHour?: number;

  @ApiPropertyOptional({ example: 99_000 })
  perDay?: number;

  @ApiPropertyOptional({
    type: ContactBudgetDto,
    description: 'Unique contacts that campaigns may begin conversations with in a moving 24 hours.',
  })
  contacts?: ContactBudgetDto;
}

export class ChannelSlowdownDto {
  @ApiProperty({
    example: '130429',
    description: 'What the provider said, or `recovering` behind a breaker.',
  })
  code!: string;

  @ApiProperty({
    example:
      'The provider asked to slow down (130429); it is at 50 % of its rate and climbs back until 2026-05-04T10:00:30.000Z.',
  })
  text!: string;

  @ApiProperty({ example: 0.5, description: 'Of its full rate, now.' })
  share!: number;

  @ApiProperty({ format: 'date-time', description: 'Since when it has not been at its full rate.' })
  since!: string;

  @ApiProperty({ format: 'date-time', description: 'When it is again, if nothing comes between.' })
  fullRateAt!: string;
}

export class ChannelUnknownsDto {
  @ApiProperty({ example: 3, description: 'At most 10,000 are counted.' })
  messages: number;

  @ApiProperty({ type: String, format: 'date-time', description: 'Of the oldest.' })
  since: string;

  @ApiProperty({ example: 'Of 3 of its messages it is not known whether the provider took them. …' })
  text: string;
}

export class ChannelSessionDto {
  @ApiProperty({ enum: ['connected', 'connecting', 'disconnected'] })
  connection!: 'connected' | 'connecting' | 'disconnected';

  @ApiProperty({
    type: String,
    format: 'date-time',
    description: 'Since when it has been connected, or has not.',
  })
  since!: Date;

  @ApiProperty({ description: 'Only a person can bring it back: it is not restarted by itself.' })
  needsPerson!: boolean;

  @ApiProperty({ type: 'integer', description: 'By itself, since it was connected for ten minutes.' })
  restarts!: number;

  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    description: 'When it is restarted next.',
  })
  restartAt!: Date | null;
}

export class ChannelStatusDto {
  @ApiProperty({ enum: ['connected', 'connecting', 'disconnected', 'unknown'] })
  connection: 'connected' | 'connecting' | 'disconnected' | 'unknown';

  @ApiPropertyOptional({ description: 'What is wrong with the connection and how to mend it.' })
  reason?: string;

  @ApiProperty({ enum: ['closed', 'open', 'half-open'] })
  breaker: 'closed' | 'open' | 'half-open';

  @ApiPropertyOptional({ example: 'admin', description: 'The key that opened the breaker by hand.' })
  breakerOpenedBy?: string;

  @ApiProperty({
    type: Number,
    nullable: true,
    description:
      'Messages a second that limits and pacing allow in the long run, and no more than it may send now while it is ' +
      'slowed; null without any.',
    example: 80,
  })
  currentRatePerSecond: number | null;

  @ApiPropertyOptional({
    type: ChannelSlowdownDto,
    description:
      'While it sends slower than it may: a throttle reply halved its rate, or its breaker was open.',
  })
  slowed?: ChannelSlowdownDto;

  @ApiProperty({ type: ChannelBudgetDto, description: 'What is left in each long window now.' })
  budget: ChannelBudgetDto;

  @ApiPropertyOptional({ format: 'date-time', description: 'The channel sends nothing until then.' })
  heldUntil?: string;

  @ApiPropertyOptional({ format: 'date-time', description: 'Held since then, until a person lifts it.' })
  heldSince?: string | undefined;

  @ApiPropertyOptional({ description: 'Why it is held.' })
  heldReason?: string;

  @ApiProperty({ description: 'Calls that this process has open on the channel.', example: 12 })
  inFlight: number;

  @ApiPropertyOptional({
    type: ChannelUnknownsDto,
    description: 'Messages that may or may not have been taken, while there are some.',
  })
  unknown?: ChannelUnknownsDto;

  @ApiPropertyOptional({
    type: ChannelSessionDto,
    description: 'Where its provider keeps one: as it was noted last, which is what holds the channel.',
  })
  session?: ChannelSessionDto;

  @ApiPropertyOptional({ type: ChannelStandingDto, description: 'What the provider thinks of the number.' })
  standing?: ChannelStandingDto;

  @ApiProperty({
    type: [String],
    description:
      'What does not keep it from sending and should be known: limits beside what the provider takes, quality.',
  })
  warnings: string[];
}
