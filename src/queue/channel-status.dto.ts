import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';

export class ChannelBudgetDto {
  @ApiPropertyOptional({ example: 540 })
  perMinute?: number;

  @ApiPropertyOptional({ example: 35_000 })
  perHour?: number;

  @ApiPropertyOptional({ example: 99_000 })
  perDay?: number;
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
    description: 'Messages a second that limits and pacing allow in the long run; null without.',
    example: 80,
  })
  currentRatePerSecond: number | null;

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
}
