import { ApiProperty, OmitType } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsInt, IsUUID, Max, Min } from 'class-validator';
import { CampaignMessageDto } from '../campaign-message.dto.js';

/** What the column holds. */
const MOST_NUMBER = 2_147_483_647;

export class TrailParamsDto {
  @IsUUID()
  id!: string;

  @ApiProperty({ minimum: 1, maximum: MOST_NUMBER, example: 17, description: 'As in the list of messages.' })
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(MOST_NUMBER)
  number!: number;
}

export class TrailStepDto {
  @ApiProperty({ example: 1 })
  attempt!: number;

  @ApiProperty()
  at!: Date;

  @ApiProperty({
    example: 'send',
    description:
      'Where it is known from: `send` (the answer to the call), `reaper` (no answer before the lease of its worker ' +
      'ended), `look-up`, `webhook`.',
  })
  source!: string;

  @ApiProperty({
    example: 'throttled',
    description:
      '`accepted`, `begun` (the call is open), or how else it ended: `rejected`, `retryable`, `throttled`, ' +
      '`unavailable`, `blocked`, `unknown`, `failed`, `contradicted` (delivered after a failure).',
  })
  outcome!: string;

  @ApiProperty({ type: String, nullable: true, example: '131056' })
  code!: string | null;

  @ApiProperty({ type: String, nullable: true, example: 'Too many messages to this person in a short time.' })
  reason!: string | null;

  @ApiProperty({ type: String, format: 'uuid', nullable: true })
  channelId!: string | null;

  @ApiProperty({
    type: String,
    nullable: true,
    example: 'ventas',
    description: 'Its name; null: it was removed.',
  })
  channel!: string | null;
}

export class TrailMessageDto extends OmitType(CampaignMessageDto, ['number', 'recipient']) {
  @ApiProperty({ example: '42' })
  dispatchId!: string;

  @ApiProperty({ type: String, nullable: true, example: 'ventas' })
  channel!: string | null;

  @ApiProperty({ type: [TrailStepDto], description: 'In their order.' })
  steps!: readonly TrailStepDto[];
}

export class RecipientTrailDto {
  @ApiProperty({ example: 17 })
  number!: number;

  @ApiProperty({ example: '+525512345678' })
  recipient!: string;

  @ApiProperty({ type: String, nullable: true, example: '101' })
  contactId!: string | null;

  @ApiProperty({
    type: [TrailMessageDto],
    description:
      'The message of the run, then each that tried it again; where the recipient is, the last one says.',
  })
  messages!: readonly TrailMessageDto[];
}
