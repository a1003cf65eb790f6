import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import {
  ApiCreatedResponse,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '@nestjs/swagger';
import { PageQueryDto } from '../common/page.dto.js';
import { UuidPipe } from '../common/uuid.pipe.js';
import type { ApiKey } from './api-key.js';
import { ApiKeyDto, ApiKeyPageDto, CreateApiKeyDto, CreatedApiKeyDto } from './api-key.dto.js';
import { ApiKeyService } from './api-key.service.js';
import { CurrentPrincipal, LeastRole, type Principal } from './principal.js';

@ApiTags('Access')
@LeastRole('admin')
@Controller('api/api-keys')
export class ApiKeyController {
  constructor(private readonly keys: ApiKeyService) {}

  @Post()
  @ApiOperation({ summary: 'Make a key; it is shown this once' })
  @ApiCreatedResponse({ type: CreatedApiKeyDto })
  async create(
    @CurrentPrincipal() principal: Principal,
    @Body() body: CreateApiKeyDto,
  ): Promise<CreatedApiKeyDto> {
    const made = await this.keys.create(principal, body);
    return { ...shown(made), key: made.key };
  }

  @Get()
  @ApiOperation({ summary: 'The keys of this workspace' })
  @ApiOkResponse({ type: ApiKeyPageDto })
  async list(@CurrentPrincipal() principal: Principal, @Query() query: PageQueryDto): Promise<ApiKeyPageDto> {
    const page = await this.keys.list(principal, query.limit, query.cursor);
    return { items: page.items.map(shown), nextCursor: page.nextCursor };
  }

  @Delete(':id')
  @HttpCode(204)
  @ApiOperation({ summary: 'Revoke a key; other processes refuse it within five seconds' })
  @ApiNoContentResponse()
  async revoke(@CurrentPrincipal() principal: Principal, @Param('id', UuidPipe) id: string): Promise<void> {
    await this.keys.revoke(principal, id);
  }
}

function shown({ id, name, role, createdAt, expiresAt }: ApiKey): ApiKeyDto {
  return { id, name, role, createdAt, expiresAt };
}
