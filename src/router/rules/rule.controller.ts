import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post } from '@nestjs/common';
import {
  ApiConflictResponse,
  ApiCreatedResponse,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
  ApiUnprocessableEntityResponse,
} from '@nestjs/swagger';
import { CurrentPrincipal, LeastRole, type Principal } from '../../auth/principal.js';
import { UuidPipe } from '../../common/uuid.pipe.js';
import { CreateRuleDto, RuleDto, RuleListDto, UpdateRuleDto } from './rule.dto.js';
import { RuleService } from './rule.service.js';
import type { Rule } from './rule.js';

@ApiTags('Conversations')
@LeastRole('operator')
@Controller('api/rules')
export class RuleController {
  constructor(private readonly rules: RuleService) {}

  @Post()
  @ApiOperation({ summary: 'What to do by itself with messages that say this' })
  @ApiCreatedResponse({ type: RuleDto })
  @ApiConflictResponse({ description: '`rule_limit`' })
  @ApiUnprocessableEntityResponse({ description: '`channel_not_found`' })
  async create(@CurrentPrincipal() principal: Principal, @Body() body: CreateRuleDto): Promise<RuleDto> {
    return shown(await this.rules.create(principal.workspaceId, body));
  }

  @Get()
  @LeastRole('viewer')
  @ApiOperation({ summary: 'The rules of this workspace, in the order in which they are tried' })
  @ApiOkResponse({ type: RuleListDto })
  async list(@CurrentPrincipal() { workspaceId }: Principal): Promise<RuleListDto> {
    return { items: (await this.rules.list(workspaceId)).map(shown), nextCursor: null };
  }

  @Get(':id')
  @LeastRole('viewer')
  @ApiOperation({ summary: 'One rule' })
  @ApiOkResponse({ type: RuleDto })
  async get(
    @CurrentPrincipal() { workspaceId }: Principal,
    @Param('id', UuidPipe) id: string,
  ): Promise<RuleDto> {
    return shown(await this.rules.find(workspaceId, id));
  }

  @Patch(':id')
  @ApiOperation({ summary: 'Change it; what is not named stays. In force within a second' })
  @ApiOkResponse({ type: RuleDto })
  async change(
    @CurrentPrincipal() { workspaceId }: Principal,
    @Param('id', UuidPipe) id: string,
    @Body() body: UpdateRuleDto,
  ): Promise<RuleDto> {
    return shown(await this.rules.change(workspaceId, id, body));
  }

  @Delete(':id')
  @HttpCode(204)
  @ApiOperation({ summary: 'Delete it' })
  @ApiNoContentResponse()
  async remove(
    @CurrentPrincipal() { workspaceId }: Principal,
    @Param('id', UuidPipe) id: string,
  ): Promise<void> {
    await this.rules.remove(workspaceId, id);
  }
}

function shown({ workspaceId: _workspaceId, ...rule }: Rule): RuleDto {
  return rule;
}
