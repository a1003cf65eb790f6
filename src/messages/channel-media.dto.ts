import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';

export class MediaFormDto {
  @ApiProperty({ type: 'string', format: 'binary', description: 'The file, with its content type.' })
  file!: unknown;

  @ApiPropertyOptional({
    example: 'application/pdf',
    description: 'What the file is, where the part of the form does not say it rightly.',
  })
  type?: string;
}

export class UploadedMediaDto {
  @ApiProperty({ example: '4490709327384033', description: 'To be given as mediaId in a content.' })
  mediaId!: string;

  @ApiProperty({ type: String, format: 'date-time', description: 'Until then messages may be sent with it.' })
  expiresAt!: Date;
}
