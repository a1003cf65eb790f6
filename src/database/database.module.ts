import { Global, Logger, Module, type DynamicModule, type OnApplicationShutdown } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import type { ReadyConfig } from '../config/config.js';
import { dataSourceOptions } from './data-source.js';
import { Housekeeping } from './housekeeping.js';
import { OldSnapshots } from './old-snapshots.js';
import { intakePool, IntakeSql, reportPool, ReportSql, sendPool, SendSql, workPool } from './pools.js';
import { Sql, type SqlOptions } from './sql.js';

/** For plain rows, one request at a time: what is asked often or all at once goes by Sql. */
const ROW_CONNECTIONS = 3;

@Global()
@Module({})
export class DatabaseModule implements OnApplicationShutdown {
  private readonly pools: readonly Sql[];

  constructor(work: Sql, send: SendSql, intake: IntakeSql, report: ReportSql) {
    this.pools = [work, send, intake, report];
  }

  static register(config: ReadyConfig): DynamicModule {
    const logger = new Logger('Postgres');
    const shared: Pick<SqlOptions, 'url' | 'onError'> = {
      url: config.databaseUrl,
      onError: (error) => logger.warn(`an idle connection was lost: ${error.message}`),
    };
    return {
      module: DatabaseModule,
      imports: [
        TypeOrmModule.forRoot({
          ...dataSourceOptions(config.databaseUrl, ROW_CONNECTIONS),
          autoLoadEntities: true,
        }),
      ],
      providers: [
        Housekeeping,
        OldSnapshots,
        { provide: Sql, useValue: new Sql({ ...shared, ...workPool(config) }) },
        { provide: SendSql, useValue: new SendSql({ ...shared, ...sendPool(config) }) },
        { provide: IntakeSql, useValue: new IntakeSql({ ...shared, ...intakePool(config) }) },
        { provide: ReportSql, useValue: new ReportSql({ ...shared, ...reportPool(config) }) },
      ],
      exports: [Housekeeping, OldSnapshots, Sql, SendSql, IntakeSql, ReportSql],
    };
  }

  async onApplicationShutdown(): Promise<void> {
    await Promise.all(this.pools.map((pool) => pool.end()));
  }
}
