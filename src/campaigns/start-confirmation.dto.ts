import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsBoolean, IsOptional } from 'class-validator';
import { IgnoreUnknownFields } from '../common/validation.pipe.js';

/** Clients of older systems start with bodies of their own. */
@IgnoreUnknownFields()
export class StartCampaignDto {
  @ApiPropertyOptional({
    example: true,
    description: 'That a campaign to more recipients than CAUDAL_CONFIRM_ABOVE is meant.',
  })
  @IsOptional()
  @IsBoolean()
  confirm?: boolean;
}
