import {
  Global,
  Injectable,
  Logger,
  Module,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
} from '@nestjs/common';
import { Config, type ReadyConfig } from '../config/config.js';
import { DeploymentCheck } from './deployment.js';
import { DeploymentWitness } from './deployment-witness.js';
import { Sql } from './sql.js';

/** A failover drops every connection, and the pool makes new ones by itself: looking again is what notices it. */
const LOOK_AGAIN_MS = 5000;
/** While nobody can vouch for the database, nothing is sent: Redis is back sooner than that. */
const LOOK_AGAIN_IN_DOUBT_MS = 250;

@Injectable()
class DeploymentWatch implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger('Deployment');
  private timer: NodeJS.Timeout | undefined;

  private isStopping = false;

  constructor(
    private readonly deployment: DeploymentCheck,
    private readonly witness: DeploymentWitness,
  ) {}

  onApplicationBootstrap(): void {
    this.lookAgain();
  }

  onModuleDestroy(): void {
    this.isStopping = true;
    clearTimeout(this.timer);
    this.witness.close();
  }

  private lookAgain(): void {
    if (this.isStopping) return;
    const afterMs = this.deployment.isDoubtful() ? LOOK_AGAIN_IN_DOUBT_MS : LOOK_AGAIN_MS;
    this.timer = setTimeout(() => {
      this.deployment
        .compare()
        .catch((error: Error) => this.logger.warn(`the database could not be compared: ${error.message}`))
        .finally(() => this.lookAgain());
    }, afterMs);
    this.timer.unref();
  }
}

/** The first comparison is part of making the provider: whoever is given it knows already. */
@Global()
@Module({
  providers: [
    {
      provide: DeploymentWitness,
      inject: [Config],
      useFactory: (config: ReadyConfig) => new DeploymentWitness(config),
    },
    {
      provide: DeploymentCheck,
      inject: [Sql, DeploymentWitness],
      useFactory: async (sql: Sql, witness: DeploymentWitness) => {
        const deployment = new DeploymentCheck(sql, witness);
        await deployment.compare();
        return deployment;
      },
    },
    DeploymentWatch,
  ],
  exports: [DeploymentCheck],
})
export class DeploymentModule {}
