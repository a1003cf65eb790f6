import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsOptional } from 'class-validator';
import { PageQueryDto } from '../../common/page.dto.js';
import { WEBHOOK_STATES, type WebhookState } from './stored-webhook.js';

export class StoredWebhookQueryDto extends PageQueryDto {
  @ApiPropertyOptional({ enum: [...WEBHOOK_STATES] })
  @IsOptional()
  @IsIn([...WEBHOOK_STATES])
  state?: WebhookState;
}

export class ElementApartDto {
  @ApiProperty({ type: 'integer', description: 'Position in the body; -1: the body itself.', example: 3 })
  element!: number;

  @ApiProperty({ example: 'no message with its id became known in time' })
  reason!: string;

  @ApiProperty({ type: String, format: 'date-time' })
  since!: string;
}

export class StoredWebhookDto {
  @ApiProperty({ example: '48211' })
  id!: string;

  @ApiProperty({ example: 'whatsapp-cloud' })
  provider!: string;

  @ApiProperty({ type: [String], description: 'The channels that its proof allows it to speak of.' })
  channelIds!: readonly string[];

  @ApiProperty({ type: String, nullable: true, example: 'application/json' })
  contentType!: string | null;

  @ApiProperty({ type: 'integer' })
  bytes!: number;

  @ApiProperty({ type: String, format: 'date-time' })
  receivedAt!: Date;

  @ApiProperty({
    enum: [...WEBHOOK_STATES],
    description:
      'waiting: not looked at yet; parked: some of its elements wait for their message to become known; quarantined: ' +
      'applied but for what was set apart; applied: all of it.',
  })
  state!: WebhookState;

  @ApiProperty({ type: [Number], nullable: true, description: 'Elements that wait for their message.' })
  parked!: readonly number[] | null;

  @ApiProperty({
    type: [ElementApartDto],
    description: 'What could not be applied, and why; a hundred at most.',
  })
  apart!: readonly ElementApartDto[];
}

export class StoredWebhookDetailDto extends StoredWebhookDto {
  @ApiPropertyOptional({ description: 'As it came; only for the role admin: it holds what people wrote.' })
  body?: string;

  @ApiPropertyOptional({ enum: ['utf8', 'base64'], description: 'base64 where the bytes are no text.' })
  bodyEncoding?: 'utf8' | 'base64';
}

export class StoredWebhookPageDto {
  @ApiProperty({ type: [StoredWebhookDto] })
  items!: readonly StoredWebhookDto[];

  @ApiProperty({
    type: String,
    nullable: true,
    description:
      'A page may hold fewer than `limit` and still have a next one: it looks through so many events.',
  })
  nextCursor!: string | null;
}

export class WebhookReplayedDto {
  @ApiProperty({ example: true })
  success!: boolean;

  @ApiProperty({
    type: [Number],
    description: 'Elements that are applied again; -1: the whole body.',
    example: [3],
  })
  elements!: readonly number[];
}
