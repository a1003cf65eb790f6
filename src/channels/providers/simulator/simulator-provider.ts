import type { ProviderRegistration } from '../provider-registration.js';
import { CLOUD_CAPABILITIES, CLOUD_URGENT_MARKS } from '../whatsapp-cloud/cloud-provider.js';
import { isSignedWith } from '../whatsapp-cloud/cloud-signature.js';
import { parseCloudWebhook } from '../whatsapp-cloud/cloud-webhook.js';
import { readJsonBody } from '../webhook-delivery.js';
import { SimulatorClient } from './simulator-client.js';
import { openLine } from './simulator-line.js';
import {
  readSimulatorSettings,
  SIMULATOR_SECRET_SETTINGS,
  type SimulatorSettings,
} from './simulator-settings.js';

/** The Cloud API driver, pointed at the simulator of this box. */
export const simulator: ProviderRegistration = {
  name: 'simulator',
  make: ({ simulator: process, publicAddress }) => ({
    name: 'simulator',
    capabilitiesOf: (settings) => ({
      ...CLOUD_CAPABILITIES,
      canLookUp: true,
      hasServiceWindow: simulatorSettings(settings).enforceWindow === true,
    }),
    secretSettings: SIMULATOR_SECRET_SETTINGS,
    urgentMarks: CLOUD_URGENT_MARKS,
    parseSettings: (input) => ({ ...readSimulatorSettings(input) }),
    accountRef: (settings) => simulatorSettings(settings).phoneNumberId,
    open: ({ settings, maxOpenCalls }) =>
      new SimulatorClient(() => openLine(simulatorSettings(settings), maxOpenCalls, process, publicAddress)),
    verifyWebhook: (proof, settings) => isSignedWith(simulatorSettings(settings).appSecret, proof),
    contentFault: () => undefined,
    parseWebhook: (delivery) => parseCloudWebhook(readJsonBody(delivery)),
  }),
};

/** Settings come unsealed from the row, where only what readSimulatorSettings made is ever put. */
function simulatorSettings(settings: Readonly<Record<string, unknown>>): SimulatorSettings {
  return settings as unknown as SimulatorSettings;
}
