import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsOptional, IsString, Length } from 'class-validator';
import { MISFIRES, OVERLAPS, type Misfire, type Overlap } from './recurrence.js';

/** How a campaign recurs. */
export class RecurrenceDto {
  @ApiProperty({
    example: '0 9 * * 1',
    description: 'Minute, hour, day of month, month, day of week: here every Monday at nine.',
  })
  @IsString()
  @Length(9, 200)
  cron!: string;

  @ApiProperty({
    example: 'America/Mexico_City',
    description: 'The zone whose clock the expression goes by.',
  })
  @IsString()
  @Length(1, 100)
  timezone!: string;

  @ApiPropertyOptional({
    enum: MISFIRES,
    default: 'skip',
    description:
      'Of what was due while nothing ran for longer than CAUDAL_MOST_LATENESS_MS: nothing, or one.',
  })
  @IsOptional()
  @IsIn(MISFIRES)
  misfire?: Misfire;

  @ApiPropertyOptional({
    enum: OVERLAPS,
    default: 'skip',
    description: 'While the occurrence before has not ended: leave the next one out, or let it wait.',
  })
  @IsOptional()
  @IsIn(OVERLAPS)
  overlap?: Overlap;

  @ApiPropertyOptional({
    example: '2027-12-31T23:59',
    description: 'The last moment for an occurrence: with an offset, or in the zone of the rule.',
  })
  @IsOptional()
  @IsString()
  @Length(1, 50)
  until?: string;
}

/** The same as it is kept, with the last occurrence that was not made. */
export class RecurrenceViewDto {
  @ApiProperty({ example: '0 9 * * 1' })
  cron!: string;

  @ApiProperty({ example: 'America/Mexico_City' })
  timezone!: string;

  @ApiProperty({ enum: MISFIRES })
  misfire!: Misfire;

  @ApiProperty({ enum: OVERLAPS })
  overlap!: Overlap;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  until!: Date | null;

  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    description: 'The last that was left out.',
  })
  skippedAt!: Date | null;

  @ApiProperty({ type: String, nullable: true, description: 'Why it was left out.' })
  skippedReason!: string | null;
}
