import type { AddressPolicy } from '../address-policy.js';
import type { PublicAddress } from '../public-address.js';
import type { Provider } from './provider.js';
import type { SimulatorProcess } from './simulator/simulator-process.js';

/** What a provider may need of the process it runs in. */
export interface ProviderSurroundings {
  readonly addresses: AddressPolicy;
  readonly publicAddress: PublicAddress;
  readonly simulator: SimulatorProcess;
}

export interface ProviderRegistration {
  /** As the API and the database call it; never changed. */
  readonly name: string;
  make(surroundings: ProviderSurroundings): Provider;
}
