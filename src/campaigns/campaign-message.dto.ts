import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsOptional, IsString, Length } from 'class-validator';
import { PageQueryDto } from '../common/page.dto.js';
import { MESSAGE_STATES, type MessageState } from '../ledger/message-state.js';

export class MessageQueryDto extends PageQueryDto {
  @ApiPropertyOptional({ enum: MESSAGE_STATES })
  @IsOptional()
  @IsIn(MESSAGE_STATES)
  state?: MessageState;

  @ApiPropertyOptional({ description: 'The last code of a message.', example: '131026' })
  @IsOptional()
  @IsString()
  @Length(1, 100)
  code?: string;
}

export class CampaignMessageDto {
  @ApiProperty({ example: 17, description: 'Its number within the campaign.' })
  number!: number;

  @ApiProperty({
    type: String,
    nullable: true,
    example: null,
    description: 'The dispatch of the message that this one is sent in place of; null for the first.',
  })
  resendOf!: string | null;

  @ApiProperty({ example: '+525512345678' })
  recipient!: string;

  @ApiProperty({ type: String, nullable: true, example: '101' })
  contactId!: string | null;

  @ApiProperty({ type: String, format: 'uuid', nullable: true })
  channelId!: string | null;

  @ApiProperty({
    type: String,
    nullable: true,
    example: 'wamid.HBgNNTIxNTUxMjM0NTY3OBUCABEYEjQ0',
    description:
      'What the provider called it, to ask its support about. Null where it was not accepted at its first attempt, and ' +
      'with providers that do not echo our id.',
  })
  providerId!: string | null;

  @ApiProperty({
    type: String,
    nullable: true,
    example: null,
    description: 'Of a campaign with variants: which.',
  })
  variant!: string | null;

  @ApiProperty({ enum: MESSAGE_STATES })
  state!: MessageState;

  @ApiProperty({ example: 1, description: 'Calls that were begun for it.' })
  attempts!: number;

  @ApiProperty({ type: String, nullable: true, example: '131026' })
  code!: string | null;

  @ApiProperty({ type: String, nullable: true, example: 'This number cannot receive the message.' })
  reason!: string | null;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  begunAt!: Date | null;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  acceptedAt!: Date | null;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  sentAt!: Date | null;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  deliveredAt!: Date | null;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  readAt!: Date | null;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  failedAt!: Date | null;
}

export class CampaignMessagePageDto {
  @ApiProperty({ type: [CampaignMessageDto] })
  items!: readonly CampaignMessageDto[];

  @ApiProperty({ type: String, nullable: true })
  nextCursor!: string | null;

  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    description:
      'When the recipients were let go, being old (CAUDAL_KEEP_MESSAGES_DAYS); the figures of the campaign stay.',
  })
  purgedAt!: Date | null;
}
