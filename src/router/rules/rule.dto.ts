import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import {
  ArrayMaxSize,
  ArrayNotEmpty,
  ArrayUnique,
  IsArray,
  IsBoolean,
  IsInt,
  IsNotEmptyObject,
  IsString,
  IsUUID,
  Length,
  Max,
  Min,
} from 'class-validator';
import { IfGiven, IfNotNull } from '../../common/if-given.js';
import { HasNoNul } from '../../contacts/contact-rules.js';
import type { RuleAction, RuleMatch } from './rule.js';

const MOST_POSITION = 1_000_000;

const NAME_SHOWN = { example: 'Horario' };
const POSITION_SHOWN = { minimum: 0, maximum: MOST_POSITION, default: 100, description: 'Lower ones first.' };
const CHANNELS_SHOWN = {
  type: 'array' as const,
  items: { type: 'string' as const, format: 'uuid' },
  nullable: true,
  description: 'Only what is written to these; null: to any.',
};
const MATCH_SHOWN = {
  type: 'object' as const,
  additionalProperties: true,
  example: { type: 'keyword', words: ['horario', 'hours'], where: 'anywhere' },
  description:
    '`{ type: "any" }`, `{ type: "keyword", words, where: "whole" | "anywhere" }` (case, accents and punctuation are ' +
    'not looked at) or `{ type: "regex", pattern }` (RE2, case is not looked at).',
};
const ACTIONS_SHOWN = {
  type: 'array' as const,
  items: { type: 'object' as const, additionalProperties: true },
  example: [
    { type: 'reply', message: 'Hola {{name}}: abrimos de 9 a 18.' },
    { type: 'tag', add: ['pregunta-horario'] },
  ],
  description:
    '`{ type: "reply", message | content }`, `{ type: "tag", add?, remove? }`, `{ type: "attribute", name, value }`, ' +
    '`{ type: "opt_out" }`, `{ type: "forward" }` (tells subscribers of `message.forwarded`).',
};
const STOP_SHOWN = {
  default: true,
  description: 'Whether the rules behind it are left out when it matches.',
};

export class CreateRuleDto {
  @ApiProperty(NAME_SHOWN)
  @IsString()
  @Length(1, 100)
  @HasNoNul()
  name!: string;

  @ApiProperty(MATCH_SHOWN)
  @IsNotEmptyObject({ nullable: false })
  match!: object;

  @ApiProperty(ACTIONS_SHOWN)
  @IsArray()
  @ArrayNotEmpty()
  actions!: object[];

  @ApiPropertyOptional(POSITION_SHOWN)
  @IfGiven()
  @IsInt()
  @Min(0)
  @Max(MOST_POSITION)
  position: number = 100;

  @ApiPropertyOptional({ default: true })
  @IfGiven()
  @IsBoolean()
  enabled: boolean = true;

  @ApiPropertyOptional(CHANNELS_SHOWN)
  @IfNotNull()
  @IsArray()
  @ArrayNotEmpty()
  @ArrayMaxSize(100)
  @ArrayUnique()
  @IsUUID('all', { each: true })
  channelIds: string[] | null = null;

  @ApiPropertyOptional(STOP_SHOWN)
  @IfGiven()
  @IsBoolean()
  stop: boolean = true;
}

export class UpdateRuleDto {
  @ApiPropertyOptional(NAME_SHOWN)
  @IfGiven()
  @IsString()
  @Length(1, 100)
  @HasNoNul()
  name?: string;

  @ApiPropertyOptional(MATCH_SHOWN)
  @IfGiven()
  @IsNotEmptyObject({ nullable: false })
  match?: object;

  @ApiPropertyOptional(ACTIONS_SHOWN)
  @IfGiven()
  @IsArray()
  @ArrayNotEmpty()
  actions?: object[];

  @ApiPropertyOptional(POSITION_SHOWN)
  @IfGiven()
  @IsInt()
  @Min(0)
  @Max(MOST_POSITION)
  position?: number;

  @ApiPropertyOptional()
  @IfGiven()
  @IsBoolean()
  enabled?: boolean;

  @ApiPropertyOptional(CHANNELS_SHOWN)
  @IfNotNull()
  @IsArray()
  @ArrayNotEmpty()
  @ArrayMaxSize(100)
  @ArrayUnique()
  @IsUUID('all', { each: true })
  channelIds?: string[] | null;

  @ApiPropertyOptional(STOP_SHOWN)
  @IfGiven()
  @IsBoolean()
  stop?: boolean;
}

export class RuleDto {
  @ApiProperty({ format: 'uuid' })
  id!: string;

  @ApiProperty(NAME_SHOWN)
  name!: string;

  @ApiProperty(POSITION_SHOWN)
  position!: number;

  @ApiProperty()
  enabled!: boolean;

  @ApiProperty(CHANNELS_SHOWN)
  channelIds!: readonly string[] | null;

  @ApiProperty(MATCH_SHOWN)
  match!: RuleMatch;

  @ApiProperty(ACTIONS_SHOWN)
  actions!: readonly RuleAction[];

  @ApiProperty(STOP_SHOWN)
  stop!: boolean;

  @ApiProperty({ type: String, format: 'date-time' })
  createdAt!: Date;

  @ApiProperty({ type: String, format: 'date-time' })
  updatedAt!: Date;
}

export class RuleListDto {
  @ApiProperty({ type: [RuleDto], description: 'In the order in which they are tried.' })
  items!: readonly RuleDto[];

  @ApiProperty({ type: String, nullable: true, example: null })
  nextCursor!: null;
}
