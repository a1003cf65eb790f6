import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsBoolean, IsOptional } from 'class-validator';
import { PageQueryDto } from '../../common/page.dto.js';
import { ALERT_KINDS, type AlertKind } from '../../events/alert-book.js';

export class AlertQueryDto extends PageQueryDto {
  @ApiPropertyOptional({ description: 'true: only those whose cause has not ended.', default: false })
  @IsOptional()
  @Transform(({ obj }: { obj: { lasting?: unknown } }) =>
    obj.lasting === 'true' ? true : obj.lasting === 'false' ? false : obj.lasting,
  )
  @IsBoolean()
  lasting: boolean = false;
}

export class AlertDto {
  @ApiProperty({ example: '17' })
  id!: string;

  @ApiProperty({ enum: ALERT_KINDS })
  kind!: AlertKind;

  @ApiProperty({ type: String, format: 'uuid', nullable: true })
  channelId!: string | null;

  @ApiProperty({ example: 'Template "oferta" (es_MX) is PAUSED.' })
  text!: string;

  @ApiProperty({ description: 'How often it was told of while it lasted.', example: 1 })
  times!: number;

  @ApiProperty({ format: 'date-time' })
  raisedAt!: Date;

  @ApiProperty({ format: 'date-time', description: 'When it was told of last.' })
  lastAt!: Date;

  @ApiProperty({ type: String, format: 'date-time', nullable: true, description: 'When its cause ended.' })
  endedAt!: Date | null;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  ackedAt!: Date | null;

  @ApiProperty({ type: String, nullable: true, example: 'admin' })
  ackedBy!: string | null;
}

export class AlertPageDto {
  @ApiProperty({ type: [AlertDto] })
  items!: readonly AlertDto[];

  @ApiProperty({ type: String, nullable: true })
  nextCursor!: string | null;
}
