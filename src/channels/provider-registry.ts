import { Inject, Injectable, Optional } from '@nestjs/common';
import { AddressPolicy } from './address-policy.js';
import { PublicAddress } from './public-address.js';
import { UnknownProviderError } from './channel.errors.js';
import { ALL_PROVIDERS } from './providers/all-providers.js';
import type { ProviderRegistration } from './providers/provider-registration.js';
import type { Provider } from './providers/provider.js';
import { SimulatorProcess } from './providers/simulator/simulator-process.js';

/** Other providers than all there are: for whoever assembles a process, as the tests do. */
export const PROVIDERS = Symbol('PROVIDERS');

/** The providers of this process, by name. */
@Injectable()
export class ProviderRegistry {
  private readonly providers: ReadonlyMap<string, Provider>;

  constructor(
    addresses: AddressPolicy,
    simulator: SimulatorProcess,
    publicAddress: PublicAddress,
    @Optional() @Inject(PROVIDERS) registrations: readonly ProviderRegistration[] = ALL_PROVIDERS,
  ) {
    const surroundings = { addresses, simulator, publicAddress };
    this.providers = new Map(registrations.map((one) => [one.name, one.make(surroundings)]));
  }

  /** For a name that somebody wrote. */
  named(name: string): Provider {
    const provider = this.providers.get(name);
    if (provider === undefined) throw new UnknownProviderError(name, [...this.providers.keys()]);
    return provider;
  }

  /** False for one that was written by another version. */
  knows(name: string): boolean {
    return this.providers.has(name);
  }

  /** Names are checked where they come in; one that is not known here was written by another version. */
  of(name: string): Provider {
    const provider = this.providers.get(name);
    if (provider === undefined) throw new Error(`this version of Caudal knows no provider ${name}`);
    return provider;
  }
}
