import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsDate, IsIn, IsOptional } from 'class-validator';
import { PageQueryDto } from '../../common/page.dto.js';
import { DELIVERY_STATES, type DeliveryState } from './delivery.js';

export class DeliveryQueryDto extends PageQueryDto {
  @ApiPropertyOptional({ enum: DELIVERY_STATES })
  @IsOptional()
  @IsIn(DELIVERY_STATES)
  state?: DeliveryState;
}

export class DeliveryDto {
  @ApiProperty({
    example: 'evt_81734',
    description: 'That of the event: `webhook-id`, and `id` in the body.',
  })
  id!: string;

  @ApiProperty({ example: 'message.delivered' })
  type!: string;

  @ApiProperty({
    enum: DELIVERY_STATES,
    description: 'dead: nobody took it for a day; it is sent again only on order.',
  })
  state!: DeliveryState;

  @ApiProperty({ example: 3 })
  attempts!: number;

  @ApiProperty({ type: String, format: 'date-time' })
  eventAt!: Date;

  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    description:
      'Not before then; it may wait longer, behind earlier events of the contact or for its endpoint to recover.',
  })
  nextAttemptAt!: Date | null;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  lastAttemptAt!: Date | null;

  @ApiProperty({ type: Number, nullable: true, example: 503 })
  lastStatus!: number | null;

  @ApiProperty({ type: Number, nullable: true, example: 87, description: 'How long the call took.' })
  lastMs!: number | null;

  @ApiProperty({
    type: String,
    nullable: true,
    example: null,
    description: 'Why there was no whole answer: connect_refused, timeout, address_refused, …',
  })
  lastError!: string | null;

  @ApiProperty({
    type: String,
    nullable: true,
    example: 'upstream is away',
    description: 'The first 500 characters.',
  })
  lastAnswer!: string | null;
}

export class DeliveryPageDto {
  @ApiProperty({ type: [DeliveryDto] })
  items!: readonly DeliveryDto[];

  @ApiProperty({ type: String, nullable: true })
  nextCursor!: string | null;
}

export class ReplayDto {
  @ApiProperty({ type: String, format: 'date-time', example: '2027-01-31T00:00:00Z' })
  @Type(() => Date)
  @IsDate({ message: 'from must be an ISO 8601 instant such as 2027-01-31T00:00:00Z' })
  from!: Date;

  @ApiProperty({ type: String, format: 'date-time', example: '2027-01-31T06:00:00Z' })
  @Type(() => Date)
  @IsDate({ message: 'to must be an ISO 8601 instant such as 2027-01-31T06:00:00Z' })
  to!: Date;
}

export class DeliveriesReplayedDto {
  @ApiProperty({ example: 1200, description: 'Events that will be sent again.' })
  replayed!: number;

  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    description: 'The range held more than one request goes through: ask again with this as `from`.',
  })
  nextFrom!: Date | null;
}
