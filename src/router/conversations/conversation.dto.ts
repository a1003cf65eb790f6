import { ApiProperty, ApiPropertyOptional, IntersectionType } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsBoolean, IsObject, IsOptional, IsString, Length } from 'class-validator';
import type { MessageContent } from '../../channels/providers/message-content.js';
import { PageQueryDto } from '../../common/page.dto.js';
import { HasNoNul } from '../../contacts/contact-rules.js';

export class ConversationQueryDto extends IntersectionType(PageQueryDto) {
  @ApiPropertyOptional({ description: 'Part of a name, or of a number.', example: 'López' })
  @IsOptional()
  @IsString()
  @Length(1, 100)
  @HasNoNul()
  search?: string;

  @ApiPropertyOptional({ description: 'Only those with messages that nobody has read.' })
  @IsOptional()
  @Transform(({ obj }: { obj: { unread?: unknown } }) =>
    obj.unread === 'true' ? true : obj.unread === 'false' ? false : obj.unread,
  )
  @IsBoolean()
  unread?: boolean;
}

export class ReplyDto {
  @ApiPropertyOptional({ example: 'Con gusto: abrimos a las 9.', description: 'A text; or content.' })
  @IsOptional()
  @IsString()
  @Length(1, 4096)
  @HasNoNul()
  message?: string;

  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: true,
    description: 'Anything else, as in POST /api/messages; a template reaches people at any time.',
  })
  @IsOptional()
  @IsObject()
  content?: Record<string, unknown>;
}

export class ReplyPostedDto {
  @ApiProperty({ format: 'uuid', description: 'GET /api/tasks/:id says what becomes of it.' })
  taskId!: string;
}

export class ConversationDto {
  @ApiProperty({ example: '41' })
  id!: string;

  @ApiProperty({ format: 'uuid' })
  channelId!: string;

  @ApiProperty({ example: '12' })
  contactId!: string;

  @ApiProperty({
    example: '+525512345678',
    description: "A provider's own id where the person hides the number.",
  })
  phone!: string;

  @ApiProperty({ type: String, nullable: true, example: 'María López' })
  name!: string | null;

  @ApiProperty({ example: 2 })
  unread!: number;

  @ApiProperty({ example: '¿A qué hora abren?' })
  lastText!: string;

  @ApiProperty({ type: String, format: 'date-time' })
  lastMessageAt!: Date;

  @ApiProperty({ type: String, format: 'date-time' })
  lastInboundAt!: Date;

  @ApiProperty()
  optedOut!: boolean;

  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    description: 'Until then free text may be sent; null: the provider has no such rule.',
  })
  windowClosesAt!: Date | null;
}

export class ConversationPageDto {
  @ApiProperty({ type: [ConversationDto], description: 'Newest first.' })
  items!: readonly ConversationDto[];

  @ApiProperty({ type: String, nullable: true })
  nextCursor!: string | null;
}

export class ThreadMessageDto {
  @ApiProperty({ enum: ['in', 'out'] })
  direction!: 'in' | 'out';

  @ApiProperty({ example: '901' })
  id!: string;

  @ApiProperty({ type: String, format: 'date-time' })
  at!: Date;

  @ApiPropertyOptional({ example: 'text', description: 'Of one that came in.' })
  type?: string;

  @ApiPropertyOptional({
    example: '¿A qué hora abren?',
    description: 'Of one that came in: what can be read of it.',
  })
  text?: string;

  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: true,
    description: 'Of one that came in: all of it; a file is at /media of the message.',
  })
  body?: Record<string, unknown>;

  @ApiPropertyOptional({ type: String, nullable: true, description: "The provider's id of what it answers." })
  replyTo?: string | null;

  @ApiPropertyOptional({ type: 'object', additionalProperties: true, description: 'Of one that was sent.' })
  content?: MessageContent;

  @ApiPropertyOptional({ example: 'delivered', description: 'Of one that was sent.' })
  state?: string;

  @ApiPropertyOptional({ type: String, format: 'uuid', nullable: true })
  campaignId?: string | null;
}

export class ThreadPageDto {
  @ApiProperty({ type: [ThreadMessageDto], description: 'Newest first.' })
  items!: readonly ThreadMessageDto[];

  @ApiProperty({ type: String, nullable: true })
  nextCursor!: string | null;
}
