import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import {
  ArrayMaxSize,
  ArrayMinSize,
  ArrayUnique,
  IsBoolean,
  IsIn,
  IsOptional,
  IsString,
  Length,
} from 'class-validator';
import { RESENDABLE_STATES, type ResendableState } from '../../ledger/resend.js';
import { CAMPAIGN_STATUSES, type CampaignStatus } from '../campaign-state.js';

const MOST_CODES = 50;

export class ResendDto {
  @ApiProperty({
    enum: RESENDABLE_STATES,
    isArray: true,
    example: ['failed'],
    description:
      'Those beside `failed` may have arrived: they need `confirm`, a key of role admin, and their time. Who has it and ' +
      'did not read it is written to by a follow-up.',
  })
  @ArrayMinSize(1)
  @ArrayMaxSize(RESENDABLE_STATES.length)
  @ArrayUnique()
  @IsIn(RESENDABLE_STATES, { each: true })
  states!: ResendableState[];

  @ApiPropertyOptional({
    type: [String],
    example: ['131026'],
    description: 'Only messages whose last code is one of these.',
  })
  @IsOptional()
  @ArrayMinSize(1)
  @ArrayMaxSize(MOST_CODES)
  @ArrayUnique()
  @IsString({ each: true })
  @Length(1, 100, { each: true })
  codes?: string[];

  @ApiPropertyOptional({
    example: false,
    description: 'That messages which may have arrived may arrive twice.',
  })
  @IsOptional()
  @IsBoolean()
  confirm?: boolean;
}

export class ResendAnswerDto {
  @ApiProperty({ example: true })
  success!: boolean;

  @ApiProperty({ format: 'uuid' })
  campaignId!: string;

  @ApiProperty({ enum: CAMPAIGN_STATUSES, example: 'sending' })
  status!: CampaignStatus;

  @ApiProperty({ example: '43', description: 'The dispatch of what is sent again.' })
  jobId!: string;

  @ApiProperty({
    example: 20,
    description: 'Messages that it is of. Whoever opted out meanwhile is skipped, as always.',
  })
  messages!: number;
}
