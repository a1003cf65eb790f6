import { describeProviderContract } from './provider-contract.js';
import { ProviderRig } from './provider-rig.js';

/** The number is made known to the simulator by the driver itself, before its first call. */
describeProviderContract('simulator', () =>
  ProviderRig.start('simulator', async () => ({ statusDelayMs: 20, readRate: 1 })),
);
