import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional, IsString, Length } from 'class-validator';
import { PageQueryDto } from '../common/page.dto.js';

export class TemplateQueryDto extends PageQueryDto {
  @ApiPropertyOptional({ description: 'Only those in this status, in any case.', example: 'APPROVED' })
  @IsOptional()
  @IsString()
  @Length(1, 40)
  status?: string;
}

export class TemplateDto {
  @ApiProperty({ example: 'aviso_evento' })
  name!: string;

  @ApiProperty({ example: 'es_MX' })
  language!: string;

  @ApiProperty({
    example: 'MARKETING',
    description: "MARKETING, UTILITY, AUTHENTICATION or the provider's own.",
  })
  category!: string;

  @ApiProperty({
    example: 'APPROVED',
    description: "APPROVED, PENDING, REJECTED, PAUSED, DISABLED or the provider's own.",
  })
  status!: string;

  @ApiProperty({ type: String, nullable: true, example: 'GREEN' })
  quality!: string | null;

  @ApiProperty({ type: String, nullable: true })
  rejectedReason!: string | null;

  @ApiProperty({ enum: ['POSITIONAL', 'NAMED'], nullable: true })
  parameterFormat!: 'POSITIONAL' | 'NAMED' | null;

  @ApiProperty({
    type: 'array',
    items: { type: 'object', additionalProperties: true },
    example: [{ type: 'BODY', text: 'Hola {{1}}, te esperamos en {{2}}.' }],
  })
  components!: readonly unknown[];

  @ApiProperty({ type: String, nullable: true, description: "The provider's id of it." })
  providerRef!: string | null;

  @ApiProperty({ type: String, format: 'date-time', description: 'When anything of it was heard last.' })
  notedAt!: Date;
}

export class TemplatePageDto {
  @ApiProperty({ type: [TemplateDto] })
  items!: TemplateDto[];

  @ApiProperty({ type: String, nullable: true })
  nextCursor!: string | null;

  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    description: 'When the list was read last; null: never, or its provider lists none.',
  })
  syncedAt!: Date | null;

  @ApiProperty({ type: String, nullable: true, description: 'Why the newest reading came to nothing.' })
  failure!: string | null;
}

export class TemplatesSyncedDto {
  @ApiProperty({ type: 'integer', example: 12 })
  templates!: number;
}
