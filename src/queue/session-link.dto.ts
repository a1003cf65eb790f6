import { ApiProperty } from '@nestjs/swagger';

export class LinkCodeDto {
  @ApiProperty({ description: 'False while the session waits for none: it is linked.' })
  isNeeded!: boolean;

  @ApiProperty({ type: String, nullable: true, description: 'The text that the code encodes.' })
  code!: string | null;

  @ApiProperty({
    type: String,
    nullable: true,
    description: 'The drawn code, where the provider draws it.',
    example: 'data:image/png;base64,iVBORw0KGgo…',
  })
  imageDataUrl!: string | null;

  @ApiProperty({
    type: String,
    nullable: true,
    description: 'To be typed on the phone instead, where there is one.',
    example: 'WZYEH1YY',
  })
  pairingCode!: string | null;
}
