import { Controller, Get, Headers, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { PublicRoute } from '../auth/principal.js';
import { HealthIndicators } from '../common/health-indicators.js';
import { ServedBy } from '../common/served-by.js';
import { Config } from '../config/config.js';

/** What stands at the address itself: a short status for programs, a page with the ways on for people. */
@ApiExcludeController()
@PublicRoute()
@ServedBy('every')
@Controller()
export class RootController {
  constructor(
    private readonly config: Config,
    private readonly indicators: HealthIndicators,
  ) {}

  @Get()
  async root(@Headers('accept') accept: string | undefined, @Res() reply: FastifyReply): Promise<void> {
    const { status } = await this.indicators.report();
    const { version } = this.config;
    await (accept?.includes('text/html')
      ? reply.type('text/html; charset=utf-8').send(page(version, status))
      : reply.send({ name: 'caudal', version, status, docs: '/docs', health: '/health' }));
  }
}

function page(version: string, status: string): string {
  return `<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>Caudal</title>
  <style>body { font: 16px/1.6 system-ui, sans-serif; max-width: 36rem; margin: 4rem auto; padding: 0 1rem; color-scheme: light dark }</style>
</head>
<body>
  <h1>Caudal ${version}</h1>
  <p>Status: <strong>${status}</strong></p>
  <ul>
    <li><a href="/docs">The API, to read and to try</a></li>
    <li><a href="/docs-json">The API as OpenAPI 3.1</a></li>
    <li><a href="/docs/errors">What each error means</a></li>
    <li><a href="/health">Health of each part</a></li>
  </ul>
</body>
</html>
`;
}
