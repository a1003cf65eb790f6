import { ApiProperty, ApiPropertyOptional, type ApiPropertyOptions } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayUnique,
  IsArray,
  IsBoolean,
  IsOptional,
  IsString,
  Length,
  MaxLength,
} from 'class-validator';
import { IfGiven, IfNotNull } from '../common/if-given.js';
import { PageQueryDto } from '../common/page.dto.js';
import type { Attributes, AttributeValue } from './contact.js';
import { HasNoNul, IsAttributes, IsLanguage, IsZoneName } from './contact-rules.js';

const PHONE = {
  example: '+52 1 55 1234 5678',
  description: 'As people write it; kept in canonical form (+525512345678).',
};
const TAGS: ApiPropertyOptions = { example: ['vip', 'cdmx'], type: [String] };
const ATTRIBUTES: ApiPropertyOptions = {
  example: { ciudad: 'CDMX', saldo: 120.5 },
  type: 'object',
  additionalProperties: { oneOf: [{ type: 'string' }, { type: 'number' }, { type: 'boolean' }] },
};

export class CreateContactDto {
  @ApiProperty(PHONE)
  @IsString()
  @Length(1, 64)
  @HasNoNul()
  phone!: string;

  @ApiPropertyOptional({ example: 'María López', type: String, nullable: true })
  @IfNotNull()
  @IsString()
  @Length(1, 300)
  @HasNoNul()
  name?: string | null;

  @ApiPropertyOptional(ATTRIBUTES)
  @IfGiven()
  @IsAttributes(false)
  attributes?: Record<string, AttributeValue>;

  @ApiPropertyOptional(TAGS)
  @IfGiven()
  @IsArray()
  @ArrayMaxSize(100)
  @ArrayUnique()
  @IsString({ each: true })
  @Length(1, 100, { each: true })
  @HasNoNul()
  tags?: string[];

  @ApiPropertyOptional({ example: 'America/Mexico_City', type: String, nullable: true })
  @IfNotNull()
  @IsZoneName()
  timezone?: string | null;

  @ApiPropertyOptional({ example: 'es_MX', type: String, nullable: true })
  @IfNotNull()
  @IsLanguage()
  locale?: string | null;
}

export class UpdateContactDto {
  @ApiPropertyOptional(PHONE)
  @IfGiven()
  @IsString()
  @Length(1, 64)
  @HasNoNul()
  phone?: string;

  @ApiPropertyOptional({ example: 'María López', type: String, nullable: true })
  @IfNotNull()
  @IsString()
  @Length(1, 300)
  @HasNoNul()
  name?: string | null;

  @ApiPropertyOptional({ ...ATTRIBUTES, description: 'Merged into what is there; null takes one away.' })
  @IfGiven()
  @IsAttributes(true)
  attributes?: Record<string, AttributeValue | null>;

  @ApiPropertyOptional({ ...TAGS, description: 'Replaces all tags.' })
  @IfGiven()
  @IsArray()
  @ArrayMaxSize(100)
  @ArrayUnique()
  @IsString({ each: true })
  @Length(1, 100, { each: true })
  @HasNoNul()
  tags?: string[];

  @ApiPropertyOptional({ example: 'America/Mexico_City', type: String, nullable: true })
  @IfNotNull()
  @IsZoneName()
  timezone?: string | null;

  @ApiPropertyOptional({ example: 'es_MX', type: String, nullable: true })
  @IfNotNull()
  @IsLanguage()
  locale?: string | null;
}

export class ContactQueryDto extends PageQueryDto {
  @ApiPropertyOptional({ example: 'lópez', description: 'Part of the name or of the number.' })
  @IsOptional()
  @IsString()
  @MaxLength(100)
  @HasNoNul()
  search?: string;

  @ApiPropertyOptional({ example: 'vip' })
  @IsOptional()
  @IsString()
  @MaxLength(100)
  @HasNoNul()
  tag?: string;

  @ApiPropertyOptional({ type: Boolean })
  @IsOptional()
  @Transform(({ value }: { value: unknown }) => (value === 'true' ? true : value === 'false' ? false : value))
  @IsBoolean()
  optedOut?: boolean;
}

export class ConsentDto {
  @ApiPropertyOptional({ example: 'asked by phone', maxLength: 300 })
  @IfGiven()
  @IsString()
  @Length(1, 300)
  @HasNoNul()
  reason?: string;
}

export class ContactDto {
  @ApiProperty({ example: '4711' })
  id!: string;

  @ApiProperty({ example: '+525512345678', description: 'Canonical.' })
  phone!: string;

  @ApiProperty({ example: 'María López', type: String, nullable: true })
  name!: string | null;

  @ApiProperty(ATTRIBUTES)
  attributes!: Attributes;

  @ApiProperty(TAGS)
  tags!: readonly string[];

  @ApiProperty({ example: 'America/Mexico_City', type: String, nullable: true })
  timezone!: string | null;

  @ApiProperty({ example: 'es_MX', type: String, nullable: true })
  locale!: string | null;

  @ApiProperty({ example: false })
  optedOut!: boolean;

  @ApiProperty({ type: String, format: 'date-time', nullable: true, example: null })
  optedOutAt!: Date | null;

  @ApiProperty({ type: String, format: 'date-time' })
  createdAt!: Date;

  @ApiProperty({ type: String, format: 'date-time' })
  updatedAt!: Date;
}

export class ContactPageDto {
  @ApiProperty({ type: [ContactDto] })
  items!: readonly ContactDto[];

  @ApiProperty({ type: String, nullable: true, example: null })
  nextCursor!: string | null;
}
