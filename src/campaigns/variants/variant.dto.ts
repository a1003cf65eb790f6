import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  IsArray,
  IsDefined,
  IsIn,
  IsInt,
  IsObject,
  IsOptional,
  IsString,
  Length,
  Matches,
  Max,
  Min,
  ValidateNested,
} from 'class-validator';
import { LONGEST_TEXT } from '../../channels/parse-content.js';
import { sizeShown } from '../governance/stage-size.js';
import { WINNER_METRICS, type Variant, type WinnerMetric, type WinnerRule } from './variant.js';

export const FEWEST_VARIANTS = 2;
const MOST_VARIANTS = 5;
const LIGHTEST = 1;
const HEAVIEST = 1000;
const LONGEST_NAME = 40;
/** Thirty days. */
const LONGEST_WAIT_MINUTES = 43_200;

/** One of several texts of a campaign. */
export class VariantDto {
  @ApiProperty({ example: 'A', minLength: 1, maxLength: LONGEST_NAME })
  @IsString()
  @Length(1, LONGEST_NAME)
  @Matches(/\S/, { message: 'name must hold more than spaces' })
  name!: string;

  @ApiPropertyOptional({ example: 'Hola {{nombre|cliente}}, hoy es el día.', maxLength: LONGEST_TEXT })
  @IsOptional()
  @IsString()
  @Length(1, LONGEST_TEXT)
  message?: string;

  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: true,
    description: 'As content of a campaign, in the place of message.',
    example: { type: 'text', text: 'Hola {{nombre|cliente}}, hoy es el día.' },
  })
  @IsOptional()
  @IsObject()
  content?: Record<string, unknown>;

  @ApiPropertyOptional({
    type: 'integer',
    minimum: LIGHTEST,
    maximum: HEAVIEST,
    default: 1,
    description: 'Its part of the recipients: with 1 and 3, a quarter and three quarters.',
  })
  @IsOptional()
  @IsInt()
  @Min(LIGHTEST)
  @Max(HEAVIEST)
  weight?: number;
}

const TEST_SIZE = {
  oneOf: [
    { type: 'integer', minimum: FEWEST_VARIANTS },
    { type: 'string', pattern: String.raw`^\d{1,2}(\.\d{1,2})?%$` },
  ],
  description: 'Recipients of the test: a number of them, or a part such as "10%".',
  example: '10%',
} as const;

/** How one of the variants is chosen for all who were not part of the test. */
export class WinnerRuleDto {
  @ApiProperty({
    enum: WINNER_METRICS,
    description: 'What the best has most of, among those it was sent to.',
  })
  @IsIn(WINNER_METRICS)
  metric!: WinnerMetric;

  @ApiProperty(TEST_SIZE as never)
  @IsDefined()
  testSize!: number | string;

  @ApiProperty({
    type: 'integer',
    minimum: 1,
    maximum: LONGEST_WAIT_MINUTES,
    example: 120,
    description: 'How long after the last of the test was sent.',
  })
  @IsInt()
  @Min(1)
  @Max(LONGEST_WAIT_MINUTES)
  afterMinutes!: number;
}

/** What a campaign may say in the place of one text. */
export class SeveralTextsDto {
  @ApiPropertyOptional({
    type: [VariantDto],
    minItems: FEWEST_VARIANTS,
    maxItems: MOST_VARIANTS,
    description:
      'Several texts instead of message or content, shared out by weight: who gets which is decided by number and ' +
      'campaign, and stays so. All are templates, or none is.',
  })
  @IsOptional()
  @IsArray()
  @ArrayMinSize(FEWEST_VARIANTS)
  @ArrayMaxSize(MOST_VARIANTS)
  @ValidateNested({ each: true })
  @Type(() => VariantDto)
  variants?: VariantDto[];

  @ApiPropertyOptional({
    type: WinnerRuleDto,
    nullable: true,
    description:
      'With variants: a test of some recipients, and the best for the rest. In a change, null takes it away.',
  })
  @IsOptional()
  @IsObject()
  @ValidateNested()
  @Type(() => WinnerRuleDto)
  winner?: WinnerRuleDto | null;
}

/** A variant as it is kept. */
export class VariantViewDto {
  @ApiProperty({ example: 'A' })
  name!: string;

  @ApiProperty({
    type: 'object',
    additionalProperties: true,
    example: { type: 'text', text: 'Hola {{nombre|cliente}}' },
  })
  content!: unknown;

  @ApiProperty({ example: 1 })
  weight!: number;
}

/** The rule as it was given. */
export class WinnerRuleViewDto {
  @ApiProperty({ enum: WINNER_METRICS })
  metric!: WinnerMetric;

  @ApiProperty(TEST_SIZE as never)
  testSize!: number | string;

  @ApiProperty({ example: 120 })
  afterMinutes!: number;
}

export function variantsShown(variants: readonly Variant[] | null): VariantViewDto[] | null {
  return variants?.map(({ name, content, weight }) => ({ name, content, weight })) ?? null;
}

export function winnerRuleShown(rule: WinnerRule | null): WinnerRuleViewDto | null {
  return rule === null ? null : { ...rule, testSize: sizeShown(rule.testSize) };
}
