import { ApiProperty } from '@nestjs/swagger';
import { IsIn } from 'class-validator';

export class BreakerOrderDto {
  @ApiProperty({ enum: ['open', 'close'] })
  @IsIn(['open', 'close'])
  action!: 'open' | 'close';
}

export class BreakerStateDto {
  @ApiProperty({ enum: ['closed', 'open'] })
  breaker!: 'closed' | 'open';

  @ApiProperty({ type: String, nullable: true, example: 'admin', description: 'The key that opened it.' })
  openedBy!: string | null;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  openedAt!: Date | null;
}

export class HoldLiftedDto {
  @ApiProperty({ description: 'False when nothing held the channel. An open breaker stays open.' })
  lifted!: boolean;
}
