import { Body, Controller, Param, Patch } from '@nestjs/common';
import {
  ApiBadRequestResponse,
  ApiConflictResponse,
  ApiExtraModels,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '@nestjs/swagger';
import { CurrentPrincipal, type Principal } from '../../auth/principal.js';
import { UuidPipe } from '../../common/uuid.pipe.js';
import { invalid } from '../field-fault.js';
import { windowOf } from './send-window-request.js';
import { ChangedWindowDto, ChangeWindowDto, WindowHoursDto } from './send-window.dto.js';
import { WindowChangeService } from './window-change.service.js';

@ApiTags('Campaigns')
@ApiExtraModels(WindowHoursDto)
@Controller('api/campaigns/:campaignId/window')
export class WindowController {
  constructor(private readonly changes: WindowChangeService) {}

  @Patch()
  @ApiOperation({ summary: 'Change the hours of a running campaign; felt by all workers within a second' })
  @ApiOkResponse({ type: ChangedWindowDto })
  @ApiBadRequestResponse({ description: '`validation_failed` names the field and what would be right.' })
  @ApiConflictResponse({ description: '`campaign_status`: it is not running.' })
  async change(
    @CurrentPrincipal() { workspaceId, keyName }: Principal,
    @Param('campaignId', UuidPipe) id: string,
    @Body() body: ChangeWindowDto,
  ): Promise<ChangedWindowDto> {
    const window = windowOf(body.window);
    if (window === undefined)
      throw invalid('window', 'say window: hours such as {"from":"09:00","to":"18:00"}, or null');
    return { success: true, ...(await this.changes.change(workspaceId, id, window, keyName)) };
  }
}
