import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import type { StandingQuality } from './standing.js';

export class ChannelStandingDto {
  @ApiProperty({ enum: ['GREEN', 'YELLOW', 'RED', 'UNKNOWN'] })
  quality!: StandingQuality;

  @ApiPropertyOptional({
    type: 'integer',
    nullable: true,
    description: 'People to whom it may begin conversations in 24 hours; null: no limit. Left out: not said.',
    example: 10_000,
  })
  recipientsPerDay?: number | null;

  @ApiPropertyOptional({ type: 'integer', description: 'Messages a second that it takes.', example: 80 })
  throughputPerSecond?: number;

  @ApiPropertyOptional({ example: 'Ventas Norte' })
  displayName?: string;

  @ApiPropertyOptional({ example: '+52 1 55 1234 5678' })
  displayPhone?: string;

  @ApiPropertyOptional({ description: "The provider's newest word about it.", example: 'FLAGGED' })
  what?: string;

  @ApiPropertyOptional({ description: 'And why.' })
  reason?: string;

  @ApiProperty({ type: String, format: 'date-time' })
  at!: string;
}
