import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';

export class WebhookTakenDto {
  @ApiProperty({ example: true, description: 'It is stored and will be applied.' })
  success!: boolean;

  @ApiPropertyOptional({
    type: 'integer',
    example: 1,
    description: 'Messages of a normalised body that are stored.',
  })
  queued?: number;

  @ApiPropertyOptional({ type: 'integer', description: 'The same where CAUDAL_WEBHOOK_MODE is direct.' })
  processed?: number;
}
