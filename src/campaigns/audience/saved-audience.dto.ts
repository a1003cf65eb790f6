import { ApiProperty, ApiPropertyOptional, PartialType } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsIn, IsObject, IsOptional, IsString, Length, Matches, ValidateNested } from 'class-validator';
import { MESSAGE_CATEGORIES, type MessageCategory } from '../../ledger/suppression.js';
import { AudienceDto } from './audience.dto.js';

const EXAMPLE = {
  tags: ['cliente'],
  attributes: [{ key: 'saldo', op: 'gt', value: 100 }],
  notSeenSinceDays: 30,
};

export class CreateAudienceDto {
  @ApiProperty({ example: 'Clientes con saldo', minLength: 1, maxLength: 200 })
  @IsString()
  @Length(1, 200)
  @Matches(/\S/, { message: 'name must hold more than spaces' })
  name!: string;

  @ApiPropertyOptional({ type: String, nullable: true, maxLength: 1000 })
  @IsOptional()
  @IsString()
  @Length(0, 1000)
  description?: string | null;

  @ApiProperty({
    type: AudienceDto,
    description: 'As of a campaign, without savedAudienceId.',
    example: EXAMPLE,
  })
  @IsObject()
  @ValidateNested()
  @Type(() => AudienceDto)
  audience!: AudienceDto;
}

export class ChangeAudienceDto extends PartialType(CreateAudienceDto) {}

export class SavedAudienceDto {
  @ApiProperty({ format: 'uuid' })
  id!: string;

  @ApiProperty({ example: 'Clientes con saldo' })
  name!: string;

  @ApiProperty({ type: String, nullable: true })
  description!: string | null;

  @ApiProperty({ type: 'object', additionalProperties: true, example: EXAMPLE })
  audience!: Readonly<Record<string, unknown>>;

  @ApiProperty({ type: String, format: 'date-time' })
  createdAt!: Date;

  @ApiProperty({ type: String, format: 'date-time' })
  updatedAt!: Date;
}

export class SavedAudiencePageDto {
  @ApiProperty({ type: [SavedAudienceDto] })
  items!: readonly SavedAudienceDto[];

  @ApiProperty({ type: String, nullable: true })
  nextCursor!: string | null;
}

export class CountQueryDto {
  @ApiPropertyOptional({
    enum: MESSAGE_CATEGORIES,
    default: 'marketing',
    description: 'What of: who opted out of one category may get another.',
  })
  @IsOptional()
  @IsIn(MESSAGE_CATEGORIES)
  category: MessageCategory = 'marketing';
}

export class CountAudienceDto extends CountQueryDto {
  @ApiProperty({ type: AudienceDto, example: EXAMPLE })
  @IsObject()
  @ValidateNested()
  @Type(() => AudienceDto)
  audience!: AudienceDto;
}

class SampleContactDto {
  @ApiProperty({ example: '101' })
  id!: string;

  @ApiProperty({ example: '+5215512345678' })
  phone!: string;

  @ApiProperty({ type: String, nullable: true, example: 'Ana' })
  name!: string | null;
}

export class AudienceCountDto {
  @ApiProperty({ example: 1200, description: 'Everybody who matches.' })
  contacts!: number;

  @ApiProperty({ example: 40, description: 'Those of them who opted out of this category.' })
  optedOut!: number;

  @ApiProperty({ example: 1160, description: 'The others.' })
  recipients!: number;

  @ApiProperty({ type: String, format: 'date-time' })
  asOf!: Date;

  @ApiProperty({ type: [SampleContactDto], description: 'Up to five of the others.' })
  sample!: readonly SampleContactDto[];
}
