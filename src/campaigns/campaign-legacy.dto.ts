import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import type { CampaignStatus } from './campaign-state.js';

/** What a client that queued with a Python script sends; other fields are ignored. */
export class LegacyFormDto {
  @ApiProperty({ type: 'string', format: 'binary', description: 'CSV or .xlsx; also as `archivo` or `csv`.' })
  file!: unknown;

  @ApiPropertyOptional({ example: 'Recordatorio de mayo' })
  nombre?: string;

  @ApiProperty({ example: 'Hola {{nombre|cliente}}', description: 'Also as `message`.' })
  mensaje!: string;

  @ApiPropertyOptional({ example: 'ventas', description: 'Id or name of the channel.' })
  instancia?: string;
}

export class LegacyCreatedDto {
  @ApiProperty({ format: 'uuid' })
  campaign_id!: string;

  @ApiProperty({ example: 9980 })
  total_messages!: number;

  @ApiProperty({ example: 'sending' })
  status!: CampaignStatus;
}

export class LegacyStatusDto extends LegacyCreatedDto {
  @ApiProperty({ example: 120 })
  sent!: number;

  @ApiProperty({ example: 2 })
  failed!: number;

  @ApiProperty({ example: 9858 })
  pending!: number;

  @ApiProperty({ example: 1.2 })
  percentage!: number;
}
