import { Controller, Get, Header, Param } from '@nestjs/common';
import { ApiConflictResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentPrincipal, LeastRole, type Principal } from '../auth/principal.js';
import { UuidPipe } from '../common/uuid.pipe.js';
import { LinkCodeDto } from './session-link.dto.js';
import { SessionLinks } from './session-link.service.js';

@ApiTags('Channels')
@Controller('api/channels')
export class SessionLinkController {
  constructor(private readonly links: SessionLinks) {}

  @Get(':id/qr')
  @LeastRole('operator')
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'The code that links a phone to the session of a channel' })
  @ApiOkResponse({ type: LinkCodeDto })
  @ApiConflictResponse({ description: '`nothing_to_link`: its provider shows no code' })
  async code(
    @CurrentPrincipal() principal: Principal,
    @Param('id', UuidPipe) id: string,
  ): Promise<LinkCodeDto> {
    const code = await this.links.codeOf(principal, id);
    return { isNeeded: code !== null, ...(code ?? { code: null, imageDataUrl: null, pairingCode: null }) };
  }
}
