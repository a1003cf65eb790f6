import { Controller, Get, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiServiceUnavailableResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { PublicRoute } from '../auth/principal.js';
import { HealthIndicators } from '../common/health-indicators.js';
import { ServedBy } from '../common/served-by.js';
import { Config } from '../config/config.js';
import { HealthDto, LiveDto } from './health.dto.js';

@ApiTags('Health')
@PublicRoute()
@ServedBy('every')
@Controller('health')
export class HealthController {
  constructor(
    private readonly config: Config,
    private readonly indicators: HealthIndicators,
  ) {}

  @Get()
  @ApiOperation({ summary: 'Whether this process can serve, and each part that it needs' })
  @ApiOkResponse({ type: HealthDto })
  @ApiServiceUnavailableResponse({ type: HealthDto, description: 'The same, when it cannot serve.' })
  async health(@Res({ passthrough: true }) reply: FastifyReply): Promise<HealthDto> {
    const { status, components } = await this.indicators.report();
    if (status === 'down') void reply.status(503);
    return { status, version: this.config.version, roles: [...this.config.roles], components };
  }

  @Get('live')
  @ApiOperation({ summary: 'Whether this process lives' })
  @ApiOkResponse({ type: LiveDto })
  live(): LiveDto {
    return { status: 'ok' };
  }
}
