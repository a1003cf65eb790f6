import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsIn, IsOptional, IsString, IsUUID, Length, Matches } from 'class-validator';
import { IgnoreUnknownFields } from '../../common/validation.pipe.js';
import { MESSAGE_CATEGORIES, type MessageCategory } from '../../ledger/suppression.js';

const LONGEST_CAPTION = 1024;
const WITHOUT_NUL = /^[^\0]*$/;

/** Clients of other systems send more fields than these; they are ignored. */
@IgnoreUnknownFields()
export class SendTicketsDto {
  @ApiProperty({
    example: 'E1',
    description: 'Contacts whose attribute `event_id` is just this get a ticket.',
  })
  @Transform(({ value }: { value: unknown }) => (typeof value === 'number' ? String(value) : value))
  @IsString()
  @Length(1, 200)
  @Matches(WITHOUT_NUL, { message: 'event_id must not hold a NUL' })
  event_id!: string;

  @ApiPropertyOptional({
    example: 'Hola {{nombre|cliente}}, aquí está tu boleto.',
    maxLength: LONGEST_CAPTION,
    description: 'The caption of the document; variables are those of the contact.',
  })
  @IsOptional()
  @IsString()
  @Length(1, LONGEST_CAPTION)
  @Matches(/\S/, { message: 'message must hold more than spaces' })
  @Matches(WITHOUT_NUL, { message: 'message must not hold a NUL' })
  message?: string;

  @ApiPropertyOptional({
    format: 'uuid',
    description: 'The channel; may be left out where the workspace has one.',
  })
  @IsOptional()
  @IsUUID('all')
  channelId?: string;

  @ApiPropertyOptional({ enum: MESSAGE_CATEGORIES, default: 'utility' })
  @IsOptional()
  @IsIn(MESSAGE_CATEGORIES)
  category?: MessageCategory;
}
