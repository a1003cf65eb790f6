import { ApiProperty } from '@nestjs/swagger';
import { MESSAGE_CATEGORIES, type MessageCategory } from '../../ledger/suppression.js';

class CountryCostDto {
  @ApiProperty({ type: String, nullable: true, example: 'MX', description: 'Null: numbers of no country.' })
  country!: string | null;

  @ApiProperty({ enum: MESSAGE_CATEGORIES })
  category!: MessageCategory;

  @ApiProperty({ type: 'integer', example: 950 })
  messages!: number;

  @ApiProperty({
    type: Number,
    nullable: true,
    example: 41.42,
    description: 'Null: the list has no price for it.',
  })
  amount!: number | null;
}

export class PreflightCostDto {
  @ApiProperty({ example: 'USD' })
  currency!: string;

  @ApiProperty({ example: 41.42, description: 'Of all that have a price.' })
  total!: number;

  @ApiProperty({ type: 'integer', example: 0, description: 'Messages that have none.' })
  unpriced!: number;

  @ApiProperty({ type: [CountryCostDto], description: 'Most messages first.' })
  byCountry!: readonly CountryCostDto[];
}
