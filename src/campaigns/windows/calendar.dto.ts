import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  IsArray,
  IsIn,
  IsObject,
  IsOptional,
  IsString,
  Length,
  Matches,
  ValidateNested,
} from 'class-validator';
import { ZONE_WORDS, type ZoneWord } from './send-window.js';

const MOST_HOLIDAYS = 1000;

export class HolidayDto {
  @ApiProperty({ example: '2026-12-25' })
  @Matches(/^\d{4}-\d{2}-\d{2}$/, { message: 'date must be a day such as "2026-12-25"' })
  date!: string;

  @ApiPropertyOptional({ type: String, nullable: true, example: 'Navidad' })
  @IsOptional()
  @IsString()
  @Length(1, 100)
  name?: string | null;

  @ApiPropertyOptional({
    type: String,
    nullable: true,
    example: 'MX',
    description: 'Only for recipients in time zones of this country (ISO 3166); left out: for all.',
  })
  @IsOptional()
  @Matches(/^[A-Z]{2}$/, { message: 'country must be two capital letters (ISO 3166), such as "MX"' })
  country?: string | null;
}

export class QuietHoursDto {
  @ApiProperty({ example: '21:00' })
  @IsString()
  from!: string;

  @ApiProperty({ example: '08:00', description: 'Earlier than from: on the next day.' })
  @IsString()
  to!: string;

  @ApiPropertyOptional({ enum: ZONE_WORDS, default: 'workspace', description: 'Whose clock.' })
  @IsOptional()
  @IsIn(ZONE_WORDS)
  zone?: ZoneWord;
}

export class CalendarDto {
  @ApiProperty({ example: 'America/Mexico_City', description: 'The workspace’s clock, an IANA zone.' })
  @IsString()
  @Length(1, 100)
  timezone!: string;

  @ApiPropertyOptional({
    type: [HolidayDto],
    maxItems: MOST_HOLIDAYS,
    description: 'Days without marketing.',
  })
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(MOST_HOLIDAYS)
  @ValidateNested({ each: true })
  @Type(() => HolidayDto)
  holidays?: HolidayDto[];

  @ApiPropertyOptional({
    type: QuietHoursDto,
    nullable: true,
    description: 'Hours without marketing, whatever a campaign’s own window says.',
  })
  @IsOptional()
  @IsObject()
  @ValidateNested()
  @Type(() => QuietHoursDto)
  quietHours?: QuietHoursDto | null;
}

/** The same with all that was left out. */
export class CalendarShownDto {
  @ApiProperty({ example: 'America/Mexico_City' })
  timezone!: string;

  @ApiProperty({ type: [HolidayDto] })
  holidays!: HolidayDto[];

  @ApiProperty({ type: QuietHoursDto, nullable: true })
  quietHours!: QuietHoursDto | null;
}
