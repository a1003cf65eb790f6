import { ApiProperty } from '@nestjs/swagger';
import { IsString, Length } from 'class-validator';

export class ConfirmDatabaseDto {
  @ApiProperty({
    example: 'Restored from Sunday; campaigns of Monday were stopped by hand.',
    minLength: 3,
    maxLength: 500,
    description: 'What was looked at and decided; it goes to the log with the name of the key.',
  })
  @IsString()
  @Length(3, 500)
  reason!: string;
}

export class DeploymentDto {
  @ApiProperty({
    description: 'True while nothing is sent because the database is not that of the last run.',
  })
  held!: boolean;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  heldSince!: Date | null;

  @ApiProperty({ type: String, nullable: true, description: 'What is wrong, for a person.' })
  reason!: string | null;
}

export class DatabaseConfirmedDto extends DeploymentDto {
  @ApiProperty({ description: 'False when there was nothing to confirm.' })
  confirmed!: boolean;
}
