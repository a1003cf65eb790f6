import { evolution } from './evolution/evolution-provider.js';
import { httpGateway } from './http-gateway/gateway-provider.js';
import type { ProviderRegistration } from './provider-registration.js';
import { simulator } from './simulator/simulator-provider.js';
import { twilio } from './twilio/twilio-provider.js';
import { waha } from './waha/waha-provider.js';
import { whatsAppCloud } from './whatsapp-cloud/cloud-provider.js';

/** Every provider that there is. A new one is its folder and one line here; docs/adding-a-provider.md walks through it. */
export const ALL_PROVIDERS: readonly ProviderRegistration[] = [
  simulator,
  whatsAppCloud,
  evolution,
  httpGateway,
  waha,
  twilio,
];

export const PROVIDER_NAMES: readonly string[] = ALL_PROVIDERS.map(({ name }) => name);
