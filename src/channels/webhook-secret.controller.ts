import { Controller, HttpCode, Param, Post } from '@nestjs/common';
import { ApiConflictResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentPrincipal, LeastRole, type Principal } from '../auth/principal.js';
import { UuidPipe } from '../common/uuid.pipe.js';
import { WebhookSecretDto } from './webhook-secret.dto.js';
import { WebhookSecretService } from './webhook-secret.service.js';

@ApiTags('Channels')
@Controller('api/channels')
export class WebhookSecretController {
  constructor(private readonly secrets: WebhookSecretService) {}

  @Post(':id/webhook-secret')
  @LeastRole('admin')
  @HttpCode(200)
  @ApiOperation({
    summary: 'A new webhook secret for a channel whose provider signs nothing; the one before ends at once',
  })
  @ApiOkResponse({ type: WebhookSecretDto })
  @ApiConflictResponse({ description: 'webhook_secret_unused: the provider signs its webhooks.' })
  renew(
    @CurrentPrincipal() principal: Principal,
    @Param('id', UuidPipe) id: string,
  ): Promise<WebhookSecretDto> {
    return this.secrets.renew(principal.workspaceId, id);
  }
}
