import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { LONGEST_TEXT } from '../../channels/parse-content.js';
import { MESSAGE_CATEGORIES, type MessageCategory } from '../../ledger/suppression.js';
import type { BulkStarted } from './bulk.js';
import { MOST_BULK_MESSAGES } from './bulk-request.js';

export class BulkMessageDto {
  @ApiProperty({ example: '+525512345678', description: 'With country code, or of CAUDAL_DEFAULT_COUNTRY.' })
  phone!: string;

  @ApiPropertyOptional({
    description: 'A text, short for content { type: "text", text }.',
    example: 'Hola {{nombre}}, tu boleto es el {{boleto}}.',
    maxLength: LONGEST_TEXT,
  })
  message?: string;

  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: true,
    description: 'As in a campaign; every message may have another.',
    example: { type: 'document', url: 'https://boletos.example.com/1042.pdf', fileName: 'boleto-1042.pdf' },
  })
  content?: Record<string, unknown>;

  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: true,
    description: 'What its variables stand for; one without a default must be here.',
    example: { nombre: 'Ana', boleto: 1042 },
  })
  variables?: Record<string, unknown>;
}

/** Read by bulk-request.ts; other fields are ignored. */
export class SendBulkDto {
  @ApiPropertyOptional({
    example: 'Boletos del viernes',
    maxLength: 200,
    description: 'Of the campaign that it makes.',
  })
  name?: string;

  @ApiProperty({
    type: [BulkMessageDto],
    minItems: 1,
    maxItems: MOST_BULK_MESSAGES,
    description: 'A number may come several times: each is a message of its own.',
  })
  messages!: BulkMessageDto[];

  @ApiPropertyOptional({
    format: 'uuid',
    description: 'The channel; may be left out where the workspace has one.',
  })
  channelId?: string;

  @ApiPropertyOptional({ enum: MESSAGE_CATEGORIES, default: 'marketing' })
  category?: MessageCategory;
}

export class BulkStartedDto {
  @ApiProperty({ example: true })
  success!: true;

  @ApiProperty({ format: 'uuid', description: 'Progress, pause, stop and report are those of a campaign.' })
  campaign_id!: string;

  @ApiProperty({ example: 1, description: 'All messages, those that will not be sent among them.' })
  total_messages!: number;

  @ApiProperty({
    type: 'object',
    additionalProperties: { type: 'integer' },
    description: 'How many of them will not be sent, by code; the list of messages says which.',
    example: {},
  })
  skipped!: Readonly<Record<string, number>>;

  @ApiProperty({
    example: 2000,
    description:
      'Milliseconds that the rest takes by limits and pacing of the channel, were it for these messages alone; 0 where ' +
      'nothing limits it.',
  })
  estimatedTime!: number;
}

export function bulkStartedDtoOf({ campaignId, total, skipped, estimatedMs }: BulkStarted): BulkStartedDto {
  return {
    success: true,
    campaign_id: campaignId,
    total_messages: total,
    skipped,
    estimatedTime: estimatedMs,
  };
}
