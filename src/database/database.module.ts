import { Global, Logger, Module, type DynamicModule, type OnApplicationShutdown } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import type { ReadyConfig } from '../config/config.js';
import { dataSourceOptions } from './data-source.js';
import { Sql } from './sql.js';

@Global()
@Module({})
export class DatabaseModule implements OnApplicationShutdown {
  constructor(private readonly sql: Sql) {}

  static register(config: ReadyConfig): DynamicModule {
    const logger = new Logger('Postgres');
    const sql = new Sql({
      url: config.databaseUrl,
      size: config.databasePoolSize,
      name: 'caudal-engine',
      statementTimeoutMs: 30_000,
      onError: (error) => logger.warn(`an idle connection was lost: ${error.message}`),
    });
    return {
      module: DatabaseModule,
      imports: [
        TypeOrmModule.forRoot({
          ...dataSourceOptions(config.databaseUrl, Math.max(4, Math.ceil(config.databasePoolSize / 2))),
          autoLoadEntities: true,
        }),
      ],
      providers: [{ provide: Sql, useValue: sql }],
      exports: [Sql],
    };
  }

  async onApplicationShutdown(): Promise<void> {
    await this.sql.end();
  }
}
