import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsInt, IsOptional, IsString, Length, Max, Min } from 'class-validator';

/** Three people, each in every variant. */
const MOST_SAMPLES = 30;

export class TestCampaignDto {
  @ApiProperty({ example: '+525512345678', description: 'Your own number, say.' })
  @IsString()
  @Length(1, 64)
  phone!: string;

  @ApiPropertyOptional({
    type: 'integer',
    minimum: 1,
    maximum: MOST_SAMPLES,
    default: 1,
    description: 'Which of the samples that preflight shows.',
  })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(MOST_SAMPLES)
  sample?: number;
}

export class CampaignTestedDto {
  @ApiProperty({ example: true })
  success!: boolean;

  @ApiProperty({ example: '5b0f6ad1-93c2-7e11-4f0a-c2d9be1f7a35', description: 'Of GET /api/tasks/:id.' })
  task_id!: string;

  @ApiProperty({ example: '+525512345678', description: 'To whom it is sent.' })
  phone!: string;

  @ApiProperty({
    format: 'uuid',
    description: 'Over which channel: the one that the recipient would get it from.',
  })
  channelId!: string;

  @ApiProperty({ example: '+525587654321', description: 'Whose message it is: what they will get.' })
  recipient!: string;

  @ApiProperty({
    type: 'object',
    additionalProperties: true,
    example: { type: 'text', text: 'Hola Ana, tu saldo es 120.' },
  })
  content!: unknown;
}
