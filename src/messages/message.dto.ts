import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsObject, IsOptional, IsString, IsUUID, Length, Matches } from 'class-validator';
import { LONGEST_TEXT } from '../channels/parse-content.js';
import { IgnoreUnknownFields } from '../common/validation.pipe.js';
import { MESSAGE_CATEGORIES, type MessageCategory } from '../ledger/suppression.js';

/** Clients of other systems send more fields than these; they are ignored. */
@IgnoreUnknownFields()
export class PostMessageDto {
  @ApiProperty({ example: '+525512345678', description: 'With country code, or of CAUDAL_DEFAULT_COUNTRY.' })
  @IsString()
  @Length(1, 64)
  phone!: string;

  @ApiPropertyOptional({
    description: 'A text, short for content { type: "text", text }.',
    example: 'Tu pedido 1042 va en camino.',
    maxLength: LONGEST_TEXT,
  })
  @IsOptional()
  @IsString()
  @Length(1, LONGEST_TEXT)
  @Matches(/\S/, { message: 'message must hold more than spaces' })
  message?: string;

  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: true,
    description:
      'As in a campaign: text { text }; template { name, language, components? }; image, video { url, caption? }, ' +
      'document { url, caption?, fileName? }, audio { url }; on the Cloud API mediaId instead of url, interactive ' +
      '{ interactive }, replyTo. A {{variable}} needs a default.',
    example: {
      type: 'template',
      name: 'pedido_enviado',
      language: 'es_MX',
      components: [{ type: 'body', parameters: [{ type: 'text', text: '1042' }] }],
    },
  })
  @IsOptional()
  @IsObject()
  content?: Record<string, unknown>;

  @ApiPropertyOptional({ description: 'Name of the channel.', example: 'ventas' })
  @IsOptional()
  @IsString()
  @Length(1, 200)
  instance_name?: string;

  @ApiPropertyOptional({
    format: 'uuid',
    description: 'The channel; may be left out where the workspace has one.',
  })
  @IsOptional()
  @IsUUID('all')
  channelId?: string;

  @ApiPropertyOptional({ enum: MESSAGE_CATEGORIES, default: 'marketing' })
  @IsOptional()
  @IsIn(MESSAGE_CATEGORIES)
  category?: MessageCategory;
}

export class MessagePostedDto {
  @ApiProperty({ example: true })
  success!: true;

  @ApiProperty({ example: 'Mensaje encolado correctamente para procesamiento' })
  message!: string;

  @ApiProperty({
    example: '5b0f6ad1-93c2-7e11-4f0a-c2d9be1f7a35',
    description: 'Ask `GET /api/tasks/:id` what became of it.',
  })
  task_id!: string;
}
