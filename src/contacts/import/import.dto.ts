import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { CONFLICT_MODES, IMPORT_STATUSES, type ImportJob, type ImportStatus } from './import.js';

/** The form as Swagger shows it; it is read as it streams in, by readImportForm and importOptions. */
export class ImportFormDto {
  @ApiProperty({
    type: 'string',
    format: 'binary',
    description: 'CSV, TSV or an Excel workbook (.xlsx), with or without a header row.',
  })
  file!: unknown;

  @ApiPropertyOptional({
    example: '{"Tel. titular":"phone","Cliente":"name","Notas":"ignore","Saldo MXN":"saldo"}',
    description:
      'JSON: column (its header or number) → phone, name, tags, timezone, locale, ignore, or the name of an attribute. ' +
      'Columns that are not named keep what their header says.',
  })
  mapping?: string;

  @ApiPropertyOptional({ example: 'MX', description: 'Country of numbers written without one.' })
  defaultCountry?: string;

  @ApiPropertyOptional({
    example: 'octubre,feria',
    description: 'Given to every contact: a JSON list, or commas.',
  })
  tags?: string;

  @ApiPropertyOptional({
    enum: CONFLICT_MODES,
    default: 'update',
    description: 'For numbers that exist: merge what the file says, or leave them.',
  })
  onConflict?: string;

  @ApiPropertyOptional({ type: Boolean, default: false, description: 'Count only; no contact is changed.' })
  dryRun?: boolean;
}

export class ImportStartedDto {
  @ApiProperty({ format: 'uuid' })
  id!: string;

  @ApiProperty({ enum: IMPORT_STATUSES, example: 'running' })
  status!: ImportStatus;
}

export class ImportRowsDto {
  @ApiProperty({ example: 10000, description: 'created + updated + unchanged + failed, at every moment.' })
  read!: number;

  @ApiProperty({ example: 9700 })
  created!: number;

  @ApiProperty({ example: 120 })
  updated!: number;

  @ApiProperty({ example: 100 })
  unchanged!: number;

  @ApiProperty({ example: 80, description: 'Each is a line of errors.csv.' })
  failed!: number;
}

export class ImportBytesDto {
  @ApiProperty({ example: 720000 })
  read!: number;

  @ApiProperty({ example: 720000 })
  total!: number;
}

export class ImportDto {
  @ApiProperty({ format: 'uuid' })
  id!: string;

  @ApiProperty({ enum: IMPORT_STATUSES, example: 'done' })
  status!: ImportStatus;

  @ApiProperty({ example: 'clientes.csv' })
  fileName!: string;

  @ApiProperty({ example: false })
  dryRun!: boolean;

  @ApiProperty({ type: ImportRowsDto })
  rows!: ImportRowsDto;

  @ApiProperty({ type: ImportBytesDto })
  bytes!: ImportBytesDto;

  @ApiPropertyOptional({ description: 'Why it failed.', example: 'the file is empty' })
  error?: string;

  @ApiProperty({ type: String, format: 'date-time' })
  createdAt!: Date;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  finishedAt!: Date | null;
}

export function importDtoOf(job: ImportJob): ImportDto {
  const { id, status, fileName, rows, bytes, error, createdAt, finishedAt } = job;
  const { dryRun } = job.options;
  return {
    id,
    status,
    fileName,
    dryRun,
    rows,
    bytes,
    ...(error === null ? {} : { error }),
    createdAt,
    finishedAt,
  };
}
