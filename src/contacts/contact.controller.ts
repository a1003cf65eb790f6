import { Readable } from 'node:stream';
import {
  Body,
  Controller,
  Delete,
  Get,
  HttpCode,
  Param,
  Patch,
  Post,
  Query,
  StreamableFile,
} from '@nestjs/common';
import {
  ApiBadRequestResponse,
  ApiConflictResponse,
  ApiCreatedResponse,
  ApiNoContentResponse,
  ApiNotFoundResponse,
  ApiOkResponse,
  ApiOperation,
  ApiProduces,
  ApiTags,
} from '@nestjs/swagger';
import { Idempotent } from '../auth/idempotent.js';
import { CurrentPrincipal, type Principal } from '../auth/principal.js';
import { ContactExport } from './contact-export.js';
import {
  ConsentDto,
  ContactDto,
  ContactPageDto,
  ContactQueryDto,
  CreateContactDto,
  UpdateContactDto,
} from './contact.dto.js';
import { ContactService } from './contact.service.js';

@ApiTags('Contacts')
@Controller('api/contacts')
export class ContactController {
  constructor(
    private readonly contacts: ContactService,
    private readonly exporter: ContactExport,
  ) {}

  @Post()
  @Idempotent()
  @ApiOperation({ summary: 'Add a contact' })
  @ApiCreatedResponse({ type: ContactDto })
  @ApiBadRequestResponse({ description: 'A field is wrong (`bad_phone`, `validation_failed`).' })
  @ApiConflictResponse({ description: '`contact_exists`: the number has a contact, named by `contactId`.' })
  create(@CurrentPrincipal() principal: Principal, @Body() body: CreateContactDto): Promise<ContactDto> {
    const { phone, name = null, attributes = {}, tags = [], timezone = null, locale = null } = body;
    return this.contacts.create(principal.workspaceId, phone, { name, attributes, tags, timezone, locale });
  }

  @Get()
  @ApiOperation({ summary: 'List contacts, newest first' })
  @ApiOkResponse({ type: ContactPageDto })
  list(@CurrentPrincipal() principal: Principal, @Query() query: ContactQueryDto): Promise<ContactPageDto> {
    const { limit, cursor, ...filter } = query;
    return this.contacts.list(principal.workspaceId, filter, { limit, cursor });
  }

  @Get('export.csv')
  @ApiOperation({ summary: 'All contacts as CSV, one column an attribute; no cell can start a formula' })
  @ApiProduces('text/csv')
  @ApiOkResponse({ schema: { type: 'string', example: "phone,name,tags\r\n'+525512345678,María,vip\r\n" } })
  export(@CurrentPrincipal() principal: Principal): StreamableFile {
    return new StreamableFile(Readable.from(this.exporter.csv(principal.workspaceId)), {
      type: 'text/csv; charset=utf-8',
      disposition: 'attachment; filename="contacts.csv"',
    });
  }

  @Get(':id')
  @ApiOperation({ summary: 'One contact' })
  @ApiOkResponse({ type: ContactDto })
  @ApiNotFoundResponse({ description: '`contact_not_found`' })
  get(@CurrentPrincipal() principal: Principal, @Param('id') id: string): Promise<ContactDto> {
    return this.contacts.get(principal.workspaceId, id);
  }

  @Patch(':id')
  @ApiOperation({ summary: 'Change a contact; what is not named stays' })
  @ApiOkResponse({ type: ContactDto })
  @ApiNotFoundResponse({ description: '`contact_not_found`' })
  @ApiConflictResponse({ description: '`contact_exists`: another contact has that number.' })
  change(
    @CurrentPrincipal() principal: Principal,
    @Param('id') id: string,
    @Body() body: UpdateContactDto,
  ): Promise<ContactDto> {
    return this.contacts.change(principal.workspaceId, id, body);
  }

  @Delete(':id')
  @HttpCode(204)
  @ApiOperation({ summary: 'Delete a contact; that it opted out is remembered' })
  @ApiNoContentResponse()
  @ApiNotFoundResponse({ description: '`contact_not_found`' })
  async delete(@CurrentPrincipal() principal: Principal, @Param('id') id: string): Promise<void> {
    await this.contacts.delete(principal.workspaceId, id);
  }

  @Post(':id/opt-out')
  @HttpCode(200)
  @ApiOperation({ summary: 'Never write to this number again, running campaigns included' })
  @ApiOkResponse({ type: ContactDto })
  @ApiNotFoundResponse({ description: '`contact_not_found`' })
  optOut(
    @CurrentPrincipal() principal: Principal,
    @Param('id') id: string,
    @Body() body: ConsentDto = {},
  ): Promise<ContactDto> {
    return this.contacts.optOut(principal.workspaceId, id, body?.reason);
  }

  @Post(':id/opt-in')
  @HttpCode(200)
  @ApiOperation({ summary: 'Lift an opt-out; only a person’s own word can' })
  @ApiOkResponse({ type: ContactDto })
  @ApiNotFoundResponse({ description: '`contact_not_found`' })
  optIn(
    @CurrentPrincipal() principal: Principal,
    @Param('id') id: string,
    @Body() body: ConsentDto = {},
  ): Promise<ContactDto> {
    return this.contacts.optIn(principal.workspaceId, id, body?.reason);
  }
}
