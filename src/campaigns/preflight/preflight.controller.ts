import { Controller, Get, Param } from '@nestjs/common';
import { ApiConflictResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentPrincipal, type Principal } from '../../auth/principal.js';
import { UuidPipe } from '../../common/uuid.pipe.js';
import { PreflightDto } from './preflight.dto.js';
import { PreflightService } from './preflight.service.js';

@ApiTags('Campaigns')
@Controller('api/campaigns/:id/preflight')
export class PreflightController {
  constructor(private readonly preflights: PreflightService) {}

  @Get()
  @ApiOperation({
    summary: 'What a campaign would do: to whom and to whom not, samples, time, room, cost and warnings',
  })
  @ApiOkResponse({ type: PreflightDto })
  @ApiConflictResponse({ description: '`campaign_status`: it was started.' })
  check(
    @CurrentPrincipal() { workspaceId }: Principal,
    @Param('id', UuidPipe) id: string,
  ): Promise<PreflightDto> {
    return this.preflights.of(workspaceId, id);
  }
}
