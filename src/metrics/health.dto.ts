import { ApiExtraModels, ApiProperty, ApiPropertyOptional, getSchemaPath } from '@nestjs/swagger';
import { ROLES, type Role } from '../config/config.js';

const STATES = ['ok', 'degraded', 'down'] as const;

export class ComponentHealthDto {
  @ApiProperty({ enum: STATES })
  status!: (typeof STATES)[number];

  @ApiPropertyOptional({ example: 1.2 })
  latencyMs?: number;

  @ApiPropertyOptional({ example: 'no answer within 1000 ms' })
  reason?: string;
}

@ApiExtraModels(ComponentHealthDto)
export class HealthDto {
  @ApiProperty({ enum: STATES, description: 'down: it cannot serve (503); degraded: a part of it can.' })
  status!: (typeof STATES)[number];

  @ApiProperty({ example: '0.1.0' })
  version!: string;

  @ApiProperty({ enum: ROLES, isArray: true })
  roles!: readonly Role[];

  @ApiProperty({
    type: 'object',
    additionalProperties: { $ref: getSchemaPath(ComponentHealthDto) },
    example: { postgres: { status: 'ok', latencyMs: 0.8 }, redis: { status: 'ok', latencyMs: 0.3 } },
  })
  components!: Readonly<Record<string, ComponentHealthDto>>;
}

export class LiveDto {
  @ApiProperty({ enum: ['ok'] })
  status!: 'ok';
}
