import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import {
  ApiConflictResponse,
  ApiCreatedResponse,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '@nestjs/swagger';
import { Idempotent } from '../auth/idempotent.js';
import { CurrentPrincipal, LeastRole, type Principal } from '../auth/principal.js';
import { PageQueryDto } from '../common/page.dto.js';
import { UuidPipe } from '../common/uuid.pipe.js';
import { ChangePortfolioDto, CreatePortfolioDto, PortfolioDto, PortfolioPageDto } from './portfolio.dto.js';
import type { Portfolio } from './portfolio.js';
import { PortfolioService, type ShownPortfolio } from './portfolio.service.js';

@ApiTags('Channels')
@Controller('api/portfolios')
export class PortfolioController {
  constructor(private readonly portfolios: PortfolioService) {}

  @Post()
  @LeastRole('admin')
  @Idempotent()
  @ApiOperation({ summary: 'Numbers that share a budget of contacts, as those of one business portfolio do' })
  @ApiCreatedResponse({ type: PortfolioDto })
  @ApiConflictResponse({ description: '`portfolio_name_taken`' })
  async create(
    @CurrentPrincipal() { workspaceId }: Principal,
    @Body() body: CreatePortfolioDto,
  ): Promise<PortfolioDto> {
    return shown(await this.portfolios.create(workspaceId, body));
  }

  @Get()
  @ApiOperation({ summary: 'The portfolios, by name' })
  @ApiOkResponse({ type: PortfolioPageDto })
  async list(
    @CurrentPrincipal() { workspaceId }: Principal,
    @Query() query: PageQueryDto,
  ): Promise<PortfolioPageDto> {
    const page = await this.portfolios.list(workspaceId, query.limit, query.cursor);
    return { items: page.items.map(listed), nextCursor: page.nextCursor };
  }

  @Get(':id')
  @ApiOperation({ summary: 'One portfolio, and what is left of its budget' })
  @ApiOkResponse({ type: PortfolioDto })
  async find(
    @CurrentPrincipal() { workspaceId }: Principal,
    @Param('id', UuidPipe) id: string,
  ): Promise<PortfolioDto> {
    return shown(await this.portfolios.find(workspaceId, id));
  }

  @Patch(':id')
  @LeastRole('admin')
  @ApiOperation({ summary: 'Change name or budget; what waits for a place feels it within two seconds' })
  @ApiOkResponse({ type: PortfolioDto })
  @ApiConflictResponse({ description: '`portfolio_name_taken`' })
  async change(
    @CurrentPrincipal() { workspaceId }: Principal,
    @Param('id', UuidPipe) id: string,
    @Body() body: ChangePortfolioDto,
  ): Promise<PortfolioDto> {
    return shown(await this.portfolios.change(workspaceId, id, body));
  }

  @Delete(':id')
  @LeastRole('admin')
  @HttpCode(204)
  @ApiOperation({ summary: 'Remove a portfolio that has no channels' })
  @ApiNoContentResponse()
  @ApiConflictResponse({ description: '`portfolio_in_use`' })
  async remove(
    @CurrentPrincipal() { workspaceId }: Principal,
    @Param('id', UuidPipe) id: string,
  ): Promise<void> {
    await this.portfolios.remove(workspaceId, id);
  }
}

function shown({ portfolio, state }: ShownPortfolio): PortfolioDto {
  if (state === null) return listed(portfolio);
  const { limit, used, freeMs } = state;
  return {
    ...listed(portfolio),
    left: Math.max(0, limit - used),
    ...(used < limit || freeMs === null ? {} : { nextPlaceAt: new Date(freeMs).toISOString() }),
  };
}

function listed({ workspaceId: _workspace, ...portfolio }: Portfolio): Portfolio & PortfolioDto {
  return portfolio as Portfolio & PortfolioDto;
}
