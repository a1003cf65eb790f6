import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsObject, IsOptional, IsString, Length, Matches } from 'class-validator';
import { LONGEST_TEXT } from '../channels/parse-content.js';
import { TaskDto } from './task.dto.js';

export class TestChannelDto {
  @ApiProperty({ example: '+525512345678', description: 'Your own number, say. As in a single message.' })
  @IsString()
  @Length(1, 64)
  phone!: string;

  @ApiPropertyOptional({
    description: 'A text; a short one of ours unless it is given.',
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
    description: 'Instead of message, as in a campaign: a template, where free text needs an open window.',
    example: { type: 'template', name: 'hello_world', language: 'en_US' },
  })
  @IsOptional()
  @IsObject()
  content?: Record<string, unknown>;
}

export class ChannelTestDto extends TaskDto {
  @ApiProperty({ description: 'Not known yet what comes of it: ask GET /api/tasks/:id.' })
  isPending!: boolean;

  @ApiProperty({ enum: ['connected', 'connecting', 'disconnected', 'unknown'] })
  connection!: 'connected' | 'connecting' | 'disconnected' | 'unknown';

  @ApiPropertyOptional({
    description:
      'What is wrong, which setting where one is, and how to get the right one; not there when it was sent.',
    example:
      'The access token is wrong or has expired; make a permanent one in Business settings > System users.',
  })
  reason?: string;
}
