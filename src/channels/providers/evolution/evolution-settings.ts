import type { AddressPolicy } from '../../address-policy.js';
import { SettingsReader } from '../settings-reader.js';

export interface EvolutionSettings {
  readonly baseUrl: string;
  readonly instance: string;
  readonly apiKey: string;
  /** How the instance speaks to WhatsApp, in Evolution's own words: by a linked phone, or by Meta's Cloud API. */
  readonly integration: EvolutionIntegration;
}

export const EVOLUTION_SECRET_SETTINGS = ['apiKey'] as const;

const INTEGRATIONS = ['WHATSAPP-BAILEYS', 'WHATSAPP-BUSINESS'] as const;
export type EvolutionIntegration = (typeof INTEGRATIONS)[number];

/** Goes into a header: visible ASCII only. */
const SECRET_TEXT = /^[\x21-\x7e]{1,512}$/;
/** Evolution takes nearly any name; one with a slash could not be reached by its address. */
const INSTANCE_NAME = /^[^\s/\\\p{Cc}](?:[^/\\\p{Cc}]{0,98}[^\s/\\\p{Cc}])?$/u;

export function readEvolutionSettings(input: unknown, addresses: AddressPolicy): EvolutionSettings {
  const reader = new SettingsReader(input);
  const baseUrl = reader.requiredText('baseUrl', {
    pattern: /^\S{1,500}$/,
    wanted: 'the address of your Evolution API, such as https://evolution.example.com',
  });
  const baseUrlFault = baseUrl === '' ? undefined : faultOf(baseUrl, addresses);
  if (baseUrlFault !== undefined) reader.fault('baseUrl', baseUrlFault);
  const integration = reader.text('integration', {
    pattern: new RegExp(`^(?:${INTEGRATIONS.join('|')})$`),
    wanted: 'the integration that the instance was created with: WHATSAPP-BAILEYS or WHATSAPP-BUSINESS',
  });
  const settings: EvolutionSettings = {
    baseUrl: baseUrl.replace(/\/+$/, ''),
    instance: reader.requiredText('instance', {
      pattern: INSTANCE_NAME,
      wanted: 'the name of an instance as the Evolution manager lists it: 1 to 100 characters without "/"',
    }),
    apiKey: reader.requiredText('apiKey', {
      pattern: SECRET_TEXT,
      wanted:
        'a text of 1 to 512 visible ASCII characters: the token of the instance, or AUTHENTICATION_API_KEY of the server',
      secret: true,
    }),
    integration: INTEGRATIONS.find((known) => known === integration) ?? 'WHATSAPP-BAILEYS',
  };
  reader.finish('evolution');
  return settings;
}

/** People copy the address of the page that they look at. */
function faultOf(baseUrl: string, addresses: AddressPolicy): string | undefined {
  const fault = addresses.faultOf(baseUrl);
  if (fault !== undefined) return fault;
  return /\/manager(?:\/.*)?$/.test(new URL(baseUrl).pathname)
    ? 'must not hold /manager: that is the page of the Evolution manager, and the API is at the address before it'
    : undefined;
}
