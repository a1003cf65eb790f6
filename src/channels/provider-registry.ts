import { Injectable } from '@nestjs/common';
import { AddressPolicy } from './address-policy.js';
import { PublicAddress } from './public-address.js';
import { ALL_PROVIDERS } from './providers/all-providers.js';
import type { Provider } from './providers/provider.js';
import { SimulatorProcess } from './providers/simulator/simulator-process.js';

/** The providers of this process, by name. */
@Injectable()
export class ProviderRegistry {
  private readonly providers: ReadonlyMap<string, Provider>;

  constructor(addresses: AddressPolicy, simulator: SimulatorProcess, publicAddress: PublicAddress) {
    const surroundings = { addresses, simulator, publicAddress };
    this.providers = new Map(ALL_PROVIDERS.map(({ name, make }) => [name, make(surroundings)]));
  }

  /** Names are checked where they come in; one that is not known here was written by another version. */
  of(name: string): Provider {
    const provider = this.providers.get(name);
    if (provider === undefined) throw new Error(`this version of Caudal knows no provider ${name}`);
    return provider;
  }
}
