import { ApiProperty } from '@nestjs/swagger';

export class WebhookSecretDto {
  @ApiProperty({
    example: 'vB3c0Zs0bq2K5wYt1mJd8eQfGh4Lr7Xn',
    description:
      'Shown this once. Either the end of the address, or the header X-Webhook-Secret of each webhook.',
  })
  webhookSecret!: string;

  @ApiProperty({
    type: String,
    nullable: true,
    description:
      'The address with the secret in it. Null where this process does not know: set CAUDAL_PUBLIC_URL.',
    example:
      'https://caudal.example.com/webhooks/7f9c2ba4-e88f-4d0b-9d0c-3b1f0f6a1c55/vB3c0Zs0bq2K5wYt1mJd8eQfGh4Lr7Xn',
  })
  webhookUrl!: string | null;
}
