import { Module } from '@nestjs/common';
import { ChannelsHealth } from './channels-health.js';
import { DeploymentController } from './deployment.controller.js';
import { ErrorsPageController } from './errors-page.controller.js';
import { HealthController } from './health.controller.js';
import { PostgresHealth } from './postgres-health.js';
import { RedisHealth } from './redis-health.js';
import { RootController } from './root.controller.js';

@Module({
  controllers: [RootController, ErrorsPageController, HealthController, DeploymentController],
  providers: [ChannelsHealth, PostgresHealth, RedisHealth],
})
export class MetricsModule {}
