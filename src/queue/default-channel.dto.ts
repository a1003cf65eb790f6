import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional, IsString, IsUUID, Length } from 'class-validator';
import { IgnoreUnknownFields } from '../common/validation.pipe.js';
import { ChannelStatusDto } from './channel-status.dto.js';

@IgnoreUnknownFields()
export class ChannelQueryDto {
  @ApiPropertyOptional({ description: 'Name of the channel.', example: 'ventas' })
  @IsOptional()
  @IsString()
  @Length(1, 200)
  instance_name?: string;

  @ApiPropertyOptional({
    format: 'uuid',
    description: 'The channel; may be left out where the workspace has one.',
  })
  @IsOptional()
  @IsUUID('all')
  channelId?: string;
}

class NamedChannelDto {
  @ApiProperty({ format: 'uuid' })
  id!: string;

  @ApiProperty({ example: 'ventas' })
  name!: string;
}

export class NamedStatusDto extends ChannelStatusDto {
  @ApiProperty({ example: true })
  success!: true;

  @ApiProperty({ type: NamedChannelDto })
  channel!: NamedChannelDto;
}
