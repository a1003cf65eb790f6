import { DataSource, type DataSourceOptions } from 'typeorm';
import { ALL_MIGRATIONS } from '../../migrations/all-migrations.js';

/** One description of the database for the app, the migrate command and TypeORM's own tool. */
export function dataSourceOptions(url: string, poolSize: number): DataSourceOptions {
  return {
    type: 'postgres',
    url,
    poolSize,
    applicationName: 'caudal-rows',
    migrations: ALL_MIGRATIONS,
    migrationsTableName: 'schema_migrations',
    synchronize: false,
    // TypeORM would print whole statements with their values: phone numbers among them.
    logging: false,
    extra: { statement_timeout: 10_000, lock_timeout: 5000, idle_in_transaction_session_timeout: 10_000 },
  };
}

export function createDataSource(url: string): DataSource {
  return new DataSource({ ...dataSourceOptions(url, 2), extra: {} } as DataSourceOptions);
}
