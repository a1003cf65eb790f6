import pg from 'pg';
import { startBenchServices, type BenchServices } from './bench-services.js';
import { startCaudalServer, type CaudalServer } from './caudal-server.js';
import { SimulatedProvider } from './simulated-provider.js';

/** Caudal as it is deployed: one process with the API, workers beside it, real databases, and the simulator. */
export interface BenchRig {
  readonly services: BenchServices;
  readonly database: pg.Client;
  readonly provider: SimulatedProvider;
  readonly api: CaudalServer;
  /** What one has of its own to write comes with its exit: to be called before it is read, and harmless twice. */
  stopWorkers(): Promise<void>;
}

export interface RigOptions {
  readonly workers: number;
  /** Of the workers alone. */
  readonly environment?: (services: BenchServices) => Record<string, string>;
}

/** Runs the work on a rig of its own, and takes everything down however it ends. */
export async function withRig<T>(
  { workers, environment = () => ({}) }: RigOptions,
  work: (rig: BenchRig) => Promise<T>,
): Promise<T> {
  const stops: (() => Promise<unknown>)[] = [];
  try {
    const services = await startBenchServices();
    stops.unshift(() => services.stop());
    const database = new pg.Client({ connectionString: services.databaseUrl });
    await database.connect();
    stops.unshift(() => database.end());
    const provider = await SimulatedProvider.start();
    stops.unshift(() => provider.stop());
    const api = await startCaudalServer(services, { CAUDAL_ROLES: 'api' });
    stops.unshift(() => api.stop());
    const started: CaudalServer[] = [];
    const stopWorkers = async (): Promise<void> => {
      await Promise.all(started.splice(0).map((worker) => worker.stop()));
    };
    stops.unshift(stopWorkers);
    for (let nth = 0; nth < workers; nth += 1) {
      started.push(await startCaudalServer(services, { CAUDAL_ROLES: 'worker', ...environment(services) }));
    }
    return await work({ services, database, provider, api, stopWorkers });
  } finally {
    for (const stop of stops) await stop();
  }
}
