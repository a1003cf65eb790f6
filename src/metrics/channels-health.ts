import { Injectable, type OnModuleInit } from '@nestjs/common';
import { HealthIndicators, type ComponentHealth } from '../common/health-indicators.js';
import { Sql } from '../database/sql.js';

/** Over all workspaces, in numbers only: the route that shows it is public. */
const COUNT_CHANNELS = {
  name: 'channels-health',
  text: `SELECT count(*)::int AS total, count(held_since)::int AS held FROM channels`,
};

@Injectable()
export class ChannelsHealth implements OnModuleInit {
  constructor(
    private readonly indicators: HealthIndicators,
    private readonly sql: Sql,
  ) {}

  onModuleInit(): void {
    this.indicators.add('channels', () => this.check());
  }

  private async check(): Promise<ComponentHealth> {
    const [counts] = await this.sql.query<{ total: number; held: number }>(COUNT_CHANNELS);
    const { total = 0, held = 0 } = counts ?? {};
    return held === 0
      ? { status: 'ok' }
      : {
          status: 'degraded',
          reason: `${held} of ${total} channels are held; each says why under /api/channels`,
        };
  }
}
