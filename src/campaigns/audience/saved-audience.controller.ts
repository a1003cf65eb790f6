import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import {
  ApiConflictResponse,
  ApiCreatedResponse,
  ApiGatewayTimeoutResponse,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
  ApiUnprocessableEntityResponse,
} from '@nestjs/swagger';
import { Idempotent } from '../../auth/idempotent.js';
import { CurrentPrincipal, LeastRole, type Principal } from '../../auth/principal.js';
import { PageQueryDto } from '../../common/page.dto.js';
import { UuidPipe } from '../../common/uuid.pipe.js';
import { AudienceCounts } from './audience-count.service.js';
import { audienceOf, savedSelectionOf } from './audience-request.js';
import { savedSelectionShown } from './audience-view.js';
import {
  AudienceCountDto,
  ChangeAudienceDto,
  CountAudienceDto,
  CountQueryDto,
  CreateAudienceDto,
  SavedAudienceDto,
  SavedAudiencePageDto,
} from './saved-audience.dto.js';
import type { SavedAudience } from './saved-audience.repository.js';
import { SavedAudienceService } from './saved-audience.service.js';

const UNKNOWN_NAMES = '`attribute_not_found`, `campaign_not_found`: it names what is not there.';
const TOO_SLOW = '`database_too_slow`: it took longer than a report may.';

@ApiTags('Audiences')
@Controller('api/audiences')
export class SavedAudienceController {
  constructor(
    private readonly audiences: SavedAudienceService,
    private readonly counts: AudienceCounts,
  ) {}

  @Post()
  @Idempotent()
  @ApiOperation({ summary: 'Keep an audience by name, for any number of campaigns' })
  @ApiCreatedResponse({ type: SavedAudienceDto })
  @ApiConflictResponse({ description: '`audience_name_taken`' })
  @ApiUnprocessableEntityResponse({ description: UNKNOWN_NAMES })
  async create(
    @CurrentPrincipal() { workspaceId, keyName }: Principal,
    @Body() { name, description, audience }: CreateAudienceDto,
  ): Promise<SavedAudienceDto> {
    const wish = {
      name: name.trim(),
      description: description ?? null,
      selection: savedSelectionOf(audience),
    };
    return shown(await this.audiences.create(workspaceId, wish, keyName));
  }

  @Get()
  @ApiOperation({ summary: 'Saved audiences, newest first' })
  @ApiOkResponse({ type: SavedAudiencePageDto })
  async list(
    @CurrentPrincipal() { workspaceId }: Principal,
    @Query() page: PageQueryDto,
  ): Promise<SavedAudiencePageDto> {
    const { items, nextCursor } = await this.audiences.list(workspaceId, page);
    return { items: items.map(shown), nextCursor };
  }

  @Post('count')
  @HttpCode(200)
  @LeastRole('viewer')
  @ApiOperation({ summary: 'How many contacts an audience holds now, and some of them; nothing is kept' })
  @ApiOkResponse({ type: AudienceCountDto })
  @ApiUnprocessableEntityResponse({ description: `\`audience_not_found\`, ${UNKNOWN_NAMES}` })
  @ApiGatewayTimeoutResponse({ description: TOO_SLOW })
  count(
    @CurrentPrincipal() { workspaceId }: Principal,
    @Body() { audience, category }: CountAudienceDto,
  ): Promise<AudienceCountDto> {
    return this.counts.of(workspaceId, audienceOf(audience), category);
  }

  @Get(':id')
  @ApiOperation({ summary: 'One saved audience' })
  @ApiOkResponse({ type: SavedAudienceDto })
  async get(
    @CurrentPrincipal() { workspaceId }: Principal,
    @Param('id', UuidPipe) id: string,
  ): Promise<SavedAudienceDto> {
    return shown(await this.audiences.get(workspaceId, id));
  }

  @Get(':id/count')
  @ApiOperation({ summary: 'How many contacts a saved audience holds now, and some of them' })
  @ApiOkResponse({ type: AudienceCountDto })
  @ApiGatewayTimeoutResponse({ description: TOO_SLOW })
  async countOf(
    @CurrentPrincipal() { workspaceId }: Principal,
    @Param('id', UuidPipe) id: string,
    @Query() { category }: CountQueryDto,
  ): Promise<AudienceCountDto> {
    const { selection } = await this.audiences.get(workspaceId, id);
    return this.counts.of(workspaceId, { kind: 'conditions', selection, savedAudienceId: null }, category);
  }

  @Patch(':id')
  @ApiOperation({
    summary: 'Change it; what is not named stays. Campaigns that have started keep what it was',
  })
  @ApiOkResponse({ type: SavedAudienceDto })
  @ApiConflictResponse({ description: '`audience_name_taken`' })
  @ApiUnprocessableEntityResponse({ description: UNKNOWN_NAMES })
  async change(
    @CurrentPrincipal() { workspaceId }: Principal,
    @Param('id', UuidPipe) id: string,
    @Body() { name, description, audience }: ChangeAudienceDto,
  ): Promise<SavedAudienceDto> {
    const change = {
      ...(isGiven(name) ? { name: name.trim() } : {}),
      ...(description === undefined ? {} : { description }),
      ...(isGiven(audience) ? { selection: savedSelectionOf(audience) } : {}),
    };
    return shown(await this.audiences.change(workspaceId, id, change));
  }

  @Delete(':id')
  @HttpCode(204)
  @ApiOperation({ summary: 'Delete it' })
  @ApiNoContentResponse()
  @ApiConflictResponse({ description: '`audience_in_use`: campaigns that are scheduled name it.' })
  async remove(
    @CurrentPrincipal() { workspaceId }: Principal,
    @Param('id', UuidPipe) id: string,
  ): Promise<void> {
    await this.audiences.remove(workspaceId, id);
  }
}

/** Null is no name, and no audience. */
function isGiven<T>(value: T | null | undefined): value is T {
  return value !== undefined && value !== null;
}

function shown({ id, name, description, selection, createdAt, updatedAt }: SavedAudience): SavedAudienceDto {
  return { id, name, description, audience: savedSelectionShown(selection), createdAt, updatedAt };
}
