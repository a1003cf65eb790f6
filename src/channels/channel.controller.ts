import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
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
import { ChannelDto, ChannelPageDto, CreateChannelDto } from './channel.dto.js';
import { ChannelService } from './channel.service.js';
import { ChannelViews } from './channel-views.js';

/** A change is in campaigns/: its answer says when those that run on the channel will be done. */
@ApiTags('Channels')
@Controller('api/channels')
export class ChannelController {
  constructor(
    private readonly channels: ChannelService,
    private readonly views: ChannelViews,
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
    return this.views.ofNew(await this.channels.create(principal.workspaceId, body));
  }

  @Get()
  @ApiOperation({ summary: 'The sending numbers, by name' })
  @ApiOkResponse({ type: ChannelPageDto })
  async list(
    @CurrentPrincipal() principal: Principal,
    @Query() query: PageQueryDto,
  ): Promise<ChannelPageDto> {
    const page = await this.channels.list(principal.workspaceId, query.limit, query.cursor);
    return { items: page.items.map((channel) => this.views.of(channel)), nextCursor: page.nextCursor };
  }

  @Get(':id')
  @ApiOperation({ summary: 'One sending number; its secrets are never shown' })
  @ApiOkResponse({ type: ChannelDto })
  async find(
    @CurrentPrincipal() principal: Principal,
    @Param('id', UuidPipe) id: string,
  ): Promise<ChannelDto> {
    return this.views.of(await this.channels.find(principal.workspaceId, id));
  }

  @Delete(':id')
  @LeastRole('admin')
  @HttpCode(204)
  @ApiOperation({ summary: 'Remove a sending number; 409 while messages wait to be sent from it' })
  @ApiNoContentResponse()
  async remove(@CurrentPrincipal() principal: Principal, @Param('id', UuidPipe) id: string): Promise<void> {
    await this.channels.remove(principal.workspaceId, id);
  }
}
