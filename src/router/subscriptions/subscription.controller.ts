import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import {
  ApiBadRequestResponse,
  ApiConflictResponse,
  ApiCreatedResponse,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '@nestjs/swagger';
import { CurrentPrincipal, LeastRole, type Principal } from '../../auth/principal.js';
import { PageQueryDto } from '../../common/page.dto.js';
import { UuidPipe } from '../../common/uuid.pipe.js';
import type { Subscription } from './subscription.js';
import {
  CreatedSubscriptionDto,
  CreateSubscriptionDto,
  RotatedSecretDto,
  RotateSecretDto,
  SubscriptionDto,
  SubscriptionPageDto,
  UpdateSubscriptionDto,
} from './subscription.dto.js';
import { SubscriptionService } from './subscription.service.js';

@ApiTags('Webhooks out')
@LeastRole('admin')
@Controller('api/subscriptions')
export class SubscriptionController {
  constructor(private readonly subscriptions: SubscriptionService) {}

  @Post()
  @ApiOperation({ summary: 'Have events posted to a URL; its secret is shown this once' })
  @ApiCreatedResponse({ type: CreatedSubscriptionDto })
  @ApiBadRequestResponse({ description: '`endpoint_refused`, `validation_failed`' })
  @ApiConflictResponse({ description: '`subscription_limit`' })
  async create(
    @CurrentPrincipal() principal: Principal,
    @Body() body: CreateSubscriptionDto,
  ): Promise<CreatedSubscriptionDto> {
    const { subscription, secret } = await this.subscriptions.create(principal.workspaceId, body);
    return { ...shown(subscription), secret };
  }

  @Get()
  @LeastRole('operator')
  @ApiOperation({ summary: 'The subscriptions of this workspace' })
  @ApiOkResponse({ type: SubscriptionPageDto })
  async list(
    @CurrentPrincipal() principal: Principal,
    @Query() query: PageQueryDto,
  ): Promise<SubscriptionPageDto> {
    const page = await this.subscriptions.list(principal.workspaceId, query.limit, query.cursor);
    return { items: page.items.map(shown), nextCursor: page.nextCursor };
  }

  @Get(':id')
  @LeastRole('operator')
  @ApiOperation({ summary: 'One subscription, and how its endpoint answers' })
  @ApiOkResponse({ type: SubscriptionDto })
  async get(
    @CurrentPrincipal() { workspaceId }: Principal,
    @Param('id', UuidPipe) id: string,
  ): Promise<SubscriptionDto> {
    return shown(await this.subscriptions.find({ workspaceId, id }));
  }

  @Patch(':id')
  @ApiOperation({ summary: 'Change, pause or resume it; what is not named stays' })
  @ApiOkResponse({ type: SubscriptionDto })
  @ApiBadRequestResponse({ description: '`endpoint_refused`, `validation_failed`' })
  async change(
    @CurrentPrincipal() { workspaceId }: Principal,
    @Param('id', UuidPipe) id: string,
    @Body() body: UpdateSubscriptionDto,
  ): Promise<SubscriptionDto> {
    return shown(await this.subscriptions.change({ workspaceId, id }, body));
  }

  @Delete(':id')
  @HttpCode(204)
  @ApiOperation({ summary: 'End it; what was not sent yet never is' })
  @ApiNoContentResponse()
  async remove(
    @CurrentPrincipal() { workspaceId }: Principal,
    @Param('id', UuidPipe) id: string,
  ): Promise<void> {
    await this.subscriptions.remove({ workspaceId, id });
  }

  @Post(':id/secret')
  @HttpCode(200)
  @ApiOperation({ summary: 'A new secret, shown this once; the old one signs beside it for a while' })
  @ApiOkResponse({ type: RotatedSecretDto })
  rotateSecret(
    @CurrentPrincipal() { workspaceId }: Principal,
    @Param('id', UuidPipe) id: string,
    @Body() body: RotateSecretDto = new RotateSecretDto(),
  ): Promise<RotatedSecretDto> {
    return this.subscriptions.rotateSecret({ workspaceId, id }, body.secret, body.keepOldForSeconds * 1000);
  }
}

function shown({ workspaceId: _workspaceId, ...subscription }: Subscription): SubscriptionDto {
  return subscription;
}
