import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsDate, IsIn, IsOptional, IsString, Length } from 'class-validator';
import { KEY_ROLES, type KeyRole } from './principal.js';

export class CreateApiKeyDto {
  @ApiProperty({ example: 'crm integration', minLength: 1, maxLength: 100 })
  @IsString()
  @Length(1, 100)
  name!: string;

  @ApiProperty({
    enum: KEY_ROLES,
    description: 'viewer reads; operator also changes and sends; admin may all.',
  })
  @IsIn(KEY_ROLES)
  role!: KeyRole;

  @ApiPropertyOptional({ type: String, format: 'date-time', description: 'Not given: it never expires.' })
  @IsOptional()
  @Type(() => Date)
  @IsDate({ message: 'expiresAt must be an ISO 8601 instant such as 2027-01-31T00:00:00Z' })
  expiresAt?: Date;
}

export class ApiKeyDto {
  @ApiProperty({ format: 'uuid' })
  id!: string;

  @ApiProperty({ example: 'crm integration' })
  name!: string;

  @ApiProperty({ enum: KEY_ROLES })
  role!: KeyRole;

  @ApiProperty({ type: String, format: 'date-time' })
  createdAt!: Date;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  expiresAt!: Date | null;
}

export class CreatedApiKeyDto extends ApiKeyDto {
  @ApiProperty({ description: 'The key itself: shown this once, kept only as a hash.', example: 'cdl_…' })
  key!: string;
}

export class ApiKeyPageDto {
  @ApiProperty({ type: [ApiKeyDto] })
  items!: readonly ApiKeyDto[];

  @ApiProperty({ type: String, nullable: true })
  nextCursor!: string | null;
}

export class MeDto {
  @ApiProperty({
    example: { id: '7f9c…', name: 'Main' },
    properties: { id: { type: 'string' }, name: { type: 'string' } },
    type: 'object',
    additionalProperties: false,
  })
  workspace!: { id: string; name: string };

  @ApiProperty({
    type: 'object',
    additionalProperties: false,
    properties: {
      id: { type: 'string' },
      name: { type: 'string' },
      role: { type: 'string', enum: [...KEY_ROLES] },
    },
  })
  key!: { id: string; name: string; role: KeyRole };
}
