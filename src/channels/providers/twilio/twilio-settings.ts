import type { AddressPolicy } from '../../address-policy.js';
import { SettingsReader } from '../settings-reader.js';
import { member } from '../json-reader.js';

export interface TwilioSettings {
  readonly baseUrl: string;
  /** Where templates are listed. */
  readonly contentBaseUrl: string;
  /** Where a Messaging Service is asked about. */
  readonly messagingBaseUrl: string;
  readonly accountSid: string;
  /** Proves webhooks even where an API key sends: Twilio signs with the primary token always. */
  readonly authToken: string;
  readonly apiKeySid?: string;
  readonly apiKeySecret?: string;
  /** E.164 with "+"; exactly one of this and messagingServiceSid is set. */
  readonly from?: string;
  readonly messagingServiceSid?: string;
  /** How long a message may wait in Twilio's queue before it fails with 30036. */
  readonly validitySeconds?: number;
}

export const TWILIO_SECRET_SETTINGS = ['authToken', 'apiKeySecret'] as const;

/** Twilio's own default and the most that it takes. */
const LONGEST_VALIDITY_SECONDS = 36_000;

/** Goes into a header: visible ASCII only. */
const SECRET = /^[\x21-\x7e]{1,256}$/;
const BASE_URLS = {
  baseUrl: 'https://api.twilio.com',
  contentBaseUrl: 'https://content.twilio.com',
  messagingBaseUrl: 'https://messaging.twilio.com',
} as const;

export function readTwilioSettings(input: unknown, addresses: AddressPolicy): TwilioSettings {
  const reader = new SettingsReader(input);
  const settings: TwilioSettings = {
    baseUrl: baseUrlOf(reader, 'baseUrl', addresses),
    contentBaseUrl: baseUrlOf(reader, 'contentBaseUrl', addresses),
    messagingBaseUrl: baseUrlOf(reader, 'messagingBaseUrl', addresses),
    accountSid: reader.requiredText('accountSid', {
      pattern: sid('AC'),
      wanted: 'the Account SID of the Twilio Console: AC and 32 hexadecimal digits',
    }),
    authToken: reader.requiredText('authToken', {
      pattern: SECRET,
      wanted: 'the primary Auth Token that the Twilio Console shows below the Account SID',
      secret: true,
    }),
    apiKeySid: reader.text('apiKeySid', {
      pattern: sid('SK'),
      wanted: 'the SID of an API key: SK and 32 hexadecimal digits',
    }),
    apiKeySecret: reader.text('apiKeySecret', {
      pattern: SECRET,
      wanted: 'the secret that Twilio showed once when the API key was made',
      secret: true,
    }),
    from: reader
      .text('from', {
        pattern: /^(?:whatsapp:)?\+[1-9]\d{6,14}$/,
        wanted: 'a WhatsApp sender of the account in E.164, such as +14155238886',
      })
      ?.replace('whatsapp:', ''),
    messagingServiceSid: reader.text('messagingServiceSid', {
      pattern: sid('MG'),
      wanted: 'the SID of a Messaging Service: MG and 32 hexadecimal digits',
    }),
    validitySeconds: reader.number('validitySeconds', { min: 1, max: LONGEST_VALIDITY_SECONDS, whole: true }),
  };
  // By what was given: a value that is wrong has its own error already.
  const isGiven = (name: string): boolean => (member(input, name) ?? undefined) !== undefined;
  faultSender(reader, isGiven('from'), isGiven('messagingServiceSid'));
  faultApiKey(reader, isGiven('apiKeySid'), isGiven('apiKeySecret'));
  reader.finish('twilio');
  return settings;
}

function baseUrlOf(reader: SettingsReader, name: keyof typeof BASE_URLS, addresses: AddressPolicy): string {
  const url = reader.text(name, { pattern: /^\S{1,500}$/, wanted: 'a URL' }) ?? BASE_URLS[name];
  const fault = addresses.faultOf(url);
  if (fault !== undefined) reader.fault(name, fault);
  return url.replace(/\/+$/, '');
}

function faultSender(reader: SettingsReader, hasFrom: boolean, hasService: boolean): void {
  if (hasFrom && hasService) {
    reader.fault(
      'from',
      'must be left out beside messagingServiceSid: the service picks the sender; set one of them',
    );
  }
  if (!hasFrom && !hasService) {
    reader.fault(
      'from',
      'is missing; set a WhatsApp sender of the account such as +14155238886, or messagingServiceSid',
    );
  }
}

function faultApiKey(reader: SettingsReader, hasSid: boolean, hasSecret: boolean): void {
  if (hasSid && !hasSecret) {
    reader.fault('apiKeySecret', 'is missing; apiKeySid needs the secret that came with it');
  }
  if (!hasSid && hasSecret) {
    reader.fault('apiKeySid', 'is missing; apiKeySecret needs the SID that it came with');
  }
}

function sid(prefix: string): RegExp {
  return new RegExp(`^${prefix}[0-9a-fA-F]{32}$`);
}
