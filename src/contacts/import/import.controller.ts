import { Readable } from 'node:stream';
import {
  Controller,
  Get,
  HttpCode,
  Param,
  Post,
  Req,
  Sse,
  StreamableFile,
  type MessageEvent,
} from '@nestjs/common';
import {
  ApiAcceptedResponse,
  ApiBadRequestResponse,
  ApiBody,
  ApiConflictResponse,
  ApiConsumes,
  ApiNotFoundResponse,
  ApiOkResponse,
  ApiOperation,
  ApiPayloadTooLargeResponse,
  ApiProduces,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import type { Observable } from 'rxjs';
import { CurrentPrincipal, type Principal } from '../../auth/principal.js';
import { csvLine } from '../../common/csv-line.js';
import { Config } from '../../config/config.js';
import { readImportForm } from './import-form.js';
import { ImportProgress } from './import-progress.js';
import { ImportDto, importDtoOf, ImportFormDto, ImportStartedDto } from './import.dto.js';
import { ImportService } from './import.service.js';
import type { RowReject } from './table-row.js';
import { UploadStore } from './upload-store.js';

@ApiTags('Contacts')
@Controller('api/contacts/imports')
export class ImportController {
  constructor(
    private readonly imports: ImportService,
    private readonly progress: ImportProgress,
    private readonly uploads: UploadStore,
    private readonly config: Config,
  ) {}

  @Post()
  @HttpCode(202)
  @ApiOperation({ summary: 'Import contacts from a file; the work goes on after the answer' })
  @ApiConsumes('multipart/form-data')
  @ApiBody({ type: ImportFormDto })
  @ApiAcceptedResponse({ type: ImportStartedDto })
  @ApiBadRequestResponse({
    description: 'The file is neither a CSV nor a workbook (`file_refused`), or a field is wrong.',
  })
  @ApiPayloadTooLargeResponse({ description: '`file_too_large`' })
  async start(
    @CurrentPrincipal() principal: Principal,
    @Req() request: FastifyRequest,
  ): Promise<ImportStartedDto> {
    const form = await readImportForm(request, this.uploads, this.config.imports.maxFileBytes);
    const { id, status } = await this.imports.start(principal.workspaceId, form);
    return { id, status };
  }

  @Get(':id')
  @ApiOperation({ summary: 'How far an import is' })
  @ApiOkResponse({ type: ImportDto })
  @ApiNotFoundResponse({ description: '`import_not_found`' })
  async get(@CurrentPrincipal() principal: Principal, @Param('id') id: string): Promise<ImportDto> {
    return importDtoOf(await this.imports.get(principal.workspaceId, id));
  }

  @Post(':id/cancel')
  @HttpCode(202)
  @ApiOperation({ summary: 'Stop an import behind its current chunk; what was imported stays' })
  @ApiAcceptedResponse({ type: ImportDto })
  @ApiNotFoundResponse({ description: '`import_not_found`' })
  @ApiConflictResponse({ description: '`import_finished`' })
  async cancel(@CurrentPrincipal() principal: Principal, @Param('id') id: string): Promise<ImportDto> {
    return importDtoOf(await this.imports.cancel(principal.workspaceId, id));
  }

  @Get(':id/errors.csv')
  @ApiOperation({ summary: 'The rejected rows, numbered as a spreadsheet numbers them' })
  @ApiProduces('text/csv')
  @ApiOkResponse({
    schema: { type: 'string', example: 'row,column,value,reason\r\n7,telefono,123,too short: 3 digits\r\n' },
  })
  @ApiNotFoundResponse({ description: '`import_not_found`' })
  async errors(@CurrentPrincipal() principal: Principal, @Param('id') id: string): Promise<StreamableFile> {
    await this.imports.get(principal.workspaceId, id);
    return new StreamableFile(Readable.from(errorLines(this.imports.rejects(id))), {
      type: 'text/csv; charset=utf-8',
      disposition: `attachment; filename="import-${id}-errors.csv"`,
    });
  }

  @Sse(':id/events')
  @ApiOperation({ summary: 'Progress as server-sent events (`progress`, at most 4 a second), then `end`' })
  @ApiProduces('text/event-stream')
  @ApiOkResponse({ type: ImportDto, description: 'The data of every event.' })
  @ApiNotFoundResponse({ description: '`import_not_found`' })
  async events(
    @CurrentPrincipal() principal: Principal,
    @Param('id') id: string,
  ): Promise<Observable<MessageEvent>> {
    await this.imports.get(principal.workspaceId, id);
    return this.progress.events(principal.workspaceId, id);
  }
}

async function* errorLines(pages: AsyncIterable<readonly RowReject[]>): AsyncGenerator<string> {
  yield csvLine(['row', 'column', 'value', 'reason']);
  for await (const page of pages) {
    yield page.map(({ row, column, value, reason }) => csvLine([row, column, value, reason])).join('');
  }
}
