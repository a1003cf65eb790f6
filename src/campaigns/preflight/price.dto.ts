import { ApiProperty } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { ArrayMaxSize, IsArray, IsIn, IsNumber, Matches, Max, Min, ValidateNested } from 'class-validator';
import { MESSAGE_CATEGORIES, type MessageCategory } from '../../ledger/suppression.js';

/** All countries in all categories. */
const MOST_PRICES = 1200;
const DECIMALS = 6;

export class PriceDto {
  @ApiProperty({
    example: 'MX',
    description: 'Two letters (ISO 3166), or * for all that have none of their own.',
  })
  @Matches(/^(?:[A-Z]{2}|\*)$/, { message: 'country must be two capital letters (ISO 3166), or *' })
  country!: string;

  @ApiProperty({ enum: MESSAGE_CATEGORIES, example: 'marketing' })
  @IsIn(MESSAGE_CATEGORIES)
  category!: MessageCategory;

  @ApiProperty({ example: 0.0436, minimum: 0, description: `Of one message; up to ${DECIMALS} decimals.` })
  @IsNumber({ maxDecimalPlaces: DECIMALS })
  @Min(0)
  @Max(1_000_000)
  amount!: number;
}

export class PriceListDto {
  @ApiProperty({ example: 'USD', description: 'Three letters (ISO 4217).' })
  @Matches(/^[A-Z]{3}$/, { message: 'currency must be three capital letters (ISO 4217)' })
  currency!: string;

  @ApiProperty({ type: [PriceDto], maxItems: MOST_PRICES })
  @IsArray()
  @ArrayMaxSize(MOST_PRICES)
  @ValidateNested({ each: true })
  @Type(() => PriceDto)
  prices!: PriceDto[];
}

export class PriceListShownDto {
  @ApiProperty({ type: String, nullable: true, example: 'USD', description: 'Null while no prices are set.' })
  currency!: string | null;

  @ApiProperty({ type: [PriceDto] })
  prices!: readonly PriceDto[];
}
