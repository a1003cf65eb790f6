import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import {
  ApiCreatedResponse,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '@nestjs/swagger';
import { Idempotent } from '../auth/idempotent.js';
import { CurrentPrincipal, LeastRole, type Principal } from '../auth/principal.js';
import { UuidPipe } from '../common/uuid.pipe.js';
import { PageQueryDto } from '../common/page.dto.js';
import { ChangeChannelDto, ChannelDto, ChannelPageDto, CreateChannelDto } from './channel.dto.js';
import { ChannelService, type ShownChannel } from './channel.service.js';
import { PublicAddress } from './public-address.js';

@ApiTags('Channels')
@Controller('api/channels')
export class ChannelController {
  constructor(
    private readonly channels: ChannelService,
    private readonly publicAddress: PublicAddress,
  ) {}

  @Post()
  @LeastRole('admin')
  @Idempotent()
  @ApiOperation({ summary: 'Add a sending number' })
  @ApiCreatedResponse({ type: ChannelDto })
  async create(
    @CurrentPrincipal() principal: Principal,
    @Body() body: CreateChannelDto,
  ): Promise<ChannelDto> {
    return this.dtoOf(await this.channels.create(principal.workspaceId, body));
  }

  @Get()
  @ApiOperation({ summary: 'The sending numbers, by name' })
  @ApiOkResponse({ type: ChannelPageDto })
  async list(
    @CurrentPrincipal() principal: Principal,
    @Query() query: PageQueryDto,
  ): Promise<ChannelPageDto> {
    const page = await this.channels.list(principal.workspaceId, query.limit, query.cursor);
    return { items: page.items.map((channel) => this.dtoOf(channel)), nextCursor: page.nextCursor };
  }

  @Get(':id')
  @ApiOperation({ summary: 'One sending number; its secrets are never shown' })
  @ApiOkResponse({ type: ChannelDto })
  async find(
    @CurrentPrincipal() principal: Principal,
    @Param('id', UuidPipe) id: string,
  ): Promise<ChannelDto> {
    return this.dtoOf(await this.channels.find(principal.workspaceId, id));
  }

  @Patch(':id')
  @LeastRole('admin')
  @ApiOperation({ summary: 'Change a sending number; running campaigns feel it within a second' })
  @ApiOkResponse({ type: ChannelDto })
  async change(
    @CurrentPrincipal() principal: Principal,
    @Param('id', UuidPipe) id: string,
    @Body() body: ChangeChannelDto,
  ): Promise<ChannelDto> {
    return this.dtoOf(await this.channels.change(principal.workspaceId, id, body));
  }

  @Delete(':id')
  @LeastRole('admin')
  @HttpCode(204)
  @ApiOperation({ summary: 'Remove a sending number; 409 while messages wait to be sent from it' })
  @ApiNoContentResponse()
  async remove(@CurrentPrincipal() principal: Principal, @Param('id', UuidPipe) id: string): Promise<void> {
    await this.channels.remove(principal.workspaceId, id);
  }

  private dtoOf({ row, settings }: ShownChannel): ChannelDto {
    const { id, name, provider, limits, pacing, weight, version, createdAt, updatedAt } = row;
    const base = this.publicAddress.get();
    const held =
      row.heldCode === null || row.heldSince === null
        ? null
        : { code: row.heldCode, reason: row.heldReason ?? '', since: row.heldSince };
    const webhookUrl = base === undefined ? null : `${base}/webhook`;
    return {
      id,
      name,
      provider,
      settings,
      limits,
      pacing,
      weight,
      version,
      webhookUrl,
      held,
      createdAt,
      updatedAt,
    };
  }
}
