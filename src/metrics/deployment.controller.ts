import { Body, Controller, Get, HttpCode, Post } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentPrincipal, LeastRole, type Principal } from '../auth/principal.js';
import { DeploymentCheck } from '../database/deployment.js';
import { ConfirmDatabaseDto, DatabaseConfirmedDto, DeploymentDto } from './deployment.dto.js';

@ApiTags('Health')
@LeastRole('admin')
@Controller('api/deployment')
export class DeploymentController {
  constructor(private readonly deployment: DeploymentCheck) {}

  @Get()
  @ApiOperation({ summary: 'Whether this is the database that Caudal wrote to last' })
  @ApiOkResponse({ type: DeploymentDto })
  show(): DeploymentDto {
    return {
      held: this.deployment.isHeld(),
      heldSince: this.deployment.heldAt(),
      reason: this.deployment.reason(),
    };
  }

  @Post('confirm')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Let a restored or failed-over database send again; all processes go on within five seconds',
  })
  @ApiOkResponse({ type: DatabaseConfirmedDto })
  async confirm(
    @CurrentPrincipal() principal: Principal,
    @Body() { reason }: ConfirmDatabaseDto,
  ): Promise<DatabaseConfirmedDto> {
    const confirmed = await this.deployment.confirm(principal.keyName, reason);
    return { ...this.show(), confirmed };
  }
}
