import { Injectable, type OnModuleInit } from '@nestjs/common';
import { HealthIndicators, type ComponentHealth } from '../common/health-indicators.js';
import { DeploymentCheck } from '../database/deployment.js';
import { SendSql } from '../database/pools.js';

@Injectable()
export class PostgresHealth implements OnModuleInit {
  constructor(
    private readonly indicators: HealthIndicators,
    /** The pool that is never waited for long: one that is busy says nothing of the server. */
    private readonly sql: SendSql,
    private readonly deployment: DeploymentCheck,
  ) {}

  onModuleInit(): void {
    this.indicators.add('postgres', () => this.check(), { vital: true });
  }

  private async check(): Promise<ComponentHealth> {
    await this.sql.query({ name: 'health', text: 'SELECT 1' });
    const reason = this.deployment.reason();
    return reason === null ? { status: 'ok' } : { status: 'degraded', reason };
  }
}
