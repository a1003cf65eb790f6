import { Controller, Get } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { MeDto } from './api-key.dto.js';
import { CurrentPrincipal, type Principal } from './principal.js';
import { WorkspaceRepository } from './workspace.repository.js';

@ApiTags('Access')
@Controller('api/auth')
export class MeController {
  constructor(private readonly workspaces: WorkspaceRepository) {}

  @Get('me')
  @ApiOperation({ summary: 'Whose key this is, and what it may do' })
  @ApiOkResponse({ type: MeDto })
  async me(@CurrentPrincipal() principal: Principal): Promise<MeDto> {
    const workspace = await this.workspaces.find(principal.workspaceId);
    if (workspace === null)
      throw new Error(`workspace ${principal.workspaceId} of a valid key does not exist`);
    return { workspace, key: { id: principal.keyId, name: principal.keyName, role: principal.role } };
  }
}
