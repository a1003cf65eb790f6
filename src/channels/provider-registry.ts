import { Injectable } from '@nestjs/common';
import { AddressPolicy } from './address-policy.js';
import { PublicAddress } from './public-address.js';
import type { Provider, ProviderName } from './providers/provider.js';
import { simulatorProvider } from './providers/simulator/simulator-provider.js';
import { SimulatorProcess } from './providers/simulator/simulator-process.js';
import { whatsAppCloud } from './providers/whatsapp-cloud/cloud-provider.js';

/** Every provider that there is. */
@Injectable()
export class ProviderRegistry {
  private readonly providers: Readonly<Record<ProviderName, Provider>>;

  constructor(addresses: AddressPolicy, simulator: SimulatorProcess, publicAddress: PublicAddress) {
    this.providers = {
      simulator: simulatorProvider(simulator, publicAddress),
      'whatsapp-cloud': whatsAppCloud(addresses),
    };
  }

  of(name: ProviderName): Provider {
    return this.providers[name];
  }
}
