import { Module } from '@nestjs/common';
import { AlertController } from './alerts/alert.controller.js';
import { AlertRepository } from './alerts/alert.repository.js';
import { AlertService } from './alerts/alert.service.js';
import { ChannelsHealth } from './channels-health.js';
import { DeploymentController } from './deployment.controller.js';
import { ErrorsPageController } from './errors-page.controller.js';
import { HealthController } from './health.controller.js';
import { PostgresHealth } from './postgres-health.js';
import { RedisHealth } from './redis-health.js';
import { RootController } from './root.controller.js';

@Module({
  controllers: [
    AlertController,
    RootController,
    ErrorsPageController,
    HealthController,
    DeploymentController,
  ],
  providers: [AlertRepository, AlertService, ChannelsHealth, PostgresHealth, RedisHealth],
})
export class MetricsModule {}
