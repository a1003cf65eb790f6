import { ApiProperty } from '@nestjs/swagger';

export class WebhookTakenDto {
  @ApiProperty({ example: true, description: 'It is stored and will be applied.' })
  success: boolean;
}
