import { Global, Module, type DynamicModule } from '@nestjs/common';
import { Config, type ReadyConfig } from '../config/config.js';
import { Clock } from './clock.js';
import { HealthIndicators } from './health-indicators.js';
import { Keyring } from './keyring.js';

/** What every module may ask for without importing anything. */
@Global()
@Module({})
export class CommonModule {
  static register(config: ReadyConfig): DynamicModule {
    return {
      module: CommonModule,
      providers: [
        { provide: Config, useValue: config },
        { provide: Keyring, useValue: new Keyring(config.masterKey) },
        { provide: HealthIndicators, useValue: new HealthIndicators() },
        Clock,
      ],
      exports: [Config, Keyring, HealthIndicators, Clock],
    };
  }
}
