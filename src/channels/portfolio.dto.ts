import { ApiProperty, ApiPropertyOptional, PartialType } from '@nestjs/swagger';
import { IsString, Length, Matches } from 'class-validator';
import { DailyContacts } from './budget.dto.js';
import type { SetBy } from './channel-budget.js';

export class CreatePortfolioDto {
  @ApiProperty({ minLength: 1, maxLength: 100, example: 'Tienda México' })
  @IsString()
  @Length(1, 100)
  @Matches(/^\S(.*\S)?$/, { message: 'name must neither begin nor end with a space' })
  name!: string;

  @DailyContacts(
    'Unique contacts that its channels together may begin conversations with in a moving 24 hours.',
  )
  dailyContacts?: number | null;
}

export class ChangePortfolioDto extends PartialType(CreatePortfolioDto) {}

export class PortfolioChannelDto {
  @ApiProperty({ format: 'uuid' })
  id!: string;

  @ApiProperty({ example: 'ventas' })
  name!: string;
}

export class ListedPortfolioDto {
  @ApiProperty({ format: 'uuid' })
  id!: string;

  @ApiProperty({ example: 'Tienda México' })
  name!: string;

  @ApiProperty({ type: Number, nullable: true, example: 2000, description: 'Null: as many as one likes.' })
  dailyContacts!: number | null;

  @ApiProperty({
    enum: ['provider', 'person'],
    description: 'Whose word dailyContacts is; what a person set, the provider does not change.',
  })
  dailyContactsBy!: SetBy;

  @ApiProperty({
    type: [PortfolioChannelDto],
    description: 'Its channels; each names it as its portfolioId.',
  })
  channels!: readonly PortfolioChannelDto[];

  @ApiProperty({ type: String, format: 'date-time' })
  createdAt!: Date;

  @ApiProperty({ type: String, format: 'date-time' })
  updatedAt!: Date;
}

export class PortfolioDto extends ListedPortfolioDto {
  @ApiPropertyOptional({
    type: 'integer',
    description: 'Contacts left now. Only where it has a budget.',
    example: 1240,
  })
  left?: number;

  @ApiPropertyOptional({
    type: String,
    format: 'date-time',
    description: 'When the next place comes free, while none is.',
  })
  nextPlaceAt?: string;
}

export class PortfolioPageDto {
  @ApiProperty({ type: [ListedPortfolioDto] })
  items!: readonly ListedPortfolioDto[];

  @ApiProperty({ type: String, nullable: true })
  nextCursor!: string | null;
}
