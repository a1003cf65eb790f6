import {
  Global,
  Injectable,
  Logger,
  Module,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
} from '@nestjs/common';
import { DeploymentCheck } from './deployment.js';
import { Sql } from './sql.js';

/** A failover drops every connection, and the pool makes new ones by itself: looking again is what notices it. */
const LOOK_AGAIN_MS = 5000;

@Injectable()
class DeploymentWatch implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger('Deployment');
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly deployment: DeploymentCheck) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => {
      this.deployment
        .compare()
        .catch((error: Error) => this.logger.warn(`the database could not be compared: ${error.message}`));
    }, LOOK_AGAIN_MS);
    this.timer.unref();
  }

  onModuleDestroy(): void {
    clearInterval(this.timer);
  }
}

/** The first comparison is part of making the provider: whoever is given it knows already. */
@Global()
@Module({
  providers: [
    {
      provide: DeploymentCheck,
      inject: [Sql],
      useFactory: async (sql: Sql) => {
        const deployment = new DeploymentCheck(sql);
        await deployment.compare();
        return deployment;
      },
    },
    DeploymentWatch,
  ],
  exports: [DeploymentCheck],
})
export class DeploymentModule {}
