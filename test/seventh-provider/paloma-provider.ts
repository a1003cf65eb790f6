import type { ProviderRegistration } from '../../src/channels/providers/provider-registration.js';
import { readJsonBody } from '../../src/channels/providers/webhook-delivery.js';
import { PalomaClient } from './paloma-client.js';
import { PALOMA_SECRET_SETTINGS, readPalomaSettings, type PalomaSettings } from './paloma-settings.js';
import { isSignedByPaloma, parsePalomaWebhook } from './paloma-webhook.js';

export const paloma: ProviderRegistration = {
  name: 'paloma',
  make: ({ addresses }) => ({
    name: 'paloma',
    capabilitiesOf: () => ({
      echoesCorrelation: true,
      canLookUp: false,
      webhookRetryMs: 60 * 60 * 1000,
      hasServiceWindow: false,
      keepsSession: false,
      signsWebhooks: true,
    }),
    secretSettings: PALOMA_SECRET_SETTINGS,
    parseSettings: (input) => ({ ...readPalomaSettings(input, addresses) }),
    accountRef: (settings) => palomaSettings(settings).line,
    open: ({ settings, maxOpenCalls }) => new PalomaClient(palomaSettings(settings), maxOpenCalls, addresses),
    verifyWebhook: (proof, settings) => isSignedByPaloma(proof, palomaSettings(settings).signingKey),
    parseWebhook: (delivery) => parsePalomaWebhook(readJsonBody(delivery)),
    contentFault: ({ type }) => (type === 'text' ? undefined : 'Paloma sends nothing but texts'),
    defaultLimits: { perSecond: 20 },
  }),
};

/** Settings come unsealed from the row, where only what readPalomaSettings made is ever put. */
function palomaSettings(settings: Readonly<Record<string, unknown>>): PalomaSettings {
  return settings as unknown as PalomaSettings;
}
