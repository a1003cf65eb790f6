import { AddressPolicy } from '../../src/channels/address-policy.js';
import type { ProviderSurroundings } from '../../src/channels/providers/provider-registration.js';
import { SimulatorProcess } from '../../src/channels/providers/simulator/simulator-process.js';
import { PublicAddress } from '../../src/channels/public-address.js';
import { loadConfig } from '../../src/config/load-config.js';

/** What a provider is made with, in a process set up by these variables. */
export function surroundingsOf(env: Readonly<Record<string, string>>): ProviderSurroundings {
  const config = loadConfig(env);
  return {
    addresses: new AddressPolicy(config),
    publicAddress: new PublicAddress(config),
    simulator: new SimulatorProcess(config),
  };
}
