import { Body, Controller, Param, Patch } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentPrincipal, LeastRole, type Principal } from '../auth/principal.js';
import { ChangeChannelDto } from '../channels/channel.dto.js';
import { ChannelService } from '../channels/channel.service.js';
import { ChannelViews } from '../channels/channel-views.js';
import { UuidPipe } from '../common/uuid.pipe.js';
import { ChangedChannelDto } from './channel-change.dto.js';
import { ChannelRuns } from './channel-runs.js';

/** Here and not in channels/, which knows no campaigns: what a change means for them is part of its answer. */
@ApiTags('Channels')
@Controller('api/channels')
export class ChannelChangeController {
  constructor(
    private readonly channels: ChannelService,
    private readonly views: ChannelViews,
    private readonly runs: ChannelRuns,
  ) {}

  @Patch(':id')
  @LeastRole('admin')
  @ApiOperation({
    summary:
      'Change a sending number; running campaigns feel it within a second, and the answer says until when',
  })
  @ApiOkResponse({ type: ChangedChannelDto })
  async change(
    @CurrentPrincipal() { workspaceId }: Principal,
    @Param('id', UuidPipe) id: string,
    @Body() body: ChangeChannelDto,
  ): Promise<ChangedChannelDto> {
    const changed = await this.channels.change(workspaceId, id, body);
    return { ...this.views.of(changed), campaigns: await this.runs.of(workspaceId, id) };
  }
}
