import type { AddressPolicy } from '../../address-policy.js';
import { SettingsReader } from '../settings-reader.js';

export interface WahaSettings {
  readonly baseUrl: string;
  readonly apiKey: string;
  /** WAHA's name of the WhatsApp account. */
  readonly session: string;
  /** Proves webhooks; without it Caudal makes a secret for the channel's address. */
  readonly hmacKey?: string;
  /** Asks WAHA before each message under which form of the number WhatsApp has the person. */
  readonly checkNumbers?: boolean;
}

export const WAHA_SECRET_SETTINGS = ['apiKey', 'hmacKey'] as const;

/** The only session that WAHA Core has. */
const DEFAULT_SESSION = 'default';

/** Goes into a header: visible ASCII only. */
const SECRET_TEXT = /^[\x21-\x7e]{1,512}$/;

export function readWahaSettings(input: unknown, addresses: AddressPolicy): WahaSettings {
  const reader = new SettingsReader(input);
  const baseUrl = reader.requiredText('baseUrl', {
    pattern: /^\S{1,500}$/,
    wanted: 'the address of your WAHA without /api, such as https://waha.example.com',
  });
  const baseUrlFault = baseUrl === '' ? undefined : faultOf(baseUrl, addresses);
  if (baseUrlFault !== undefined) reader.fault('baseUrl', baseUrlFault);
  const settings: WahaSettings = {
    baseUrl: baseUrl.replace(/\/+$/, ''),
    apiKey: reader.requiredText('apiKey', {
      pattern: SECRET_TEXT,
      wanted: 'a text of 1 to 512 visible ASCII characters: what WAHA was started with as WAHA_API_KEY',
      secret: true,
    }),
    session:
      reader.text('session', {
        pattern: /^[\w.-]{1,64}$/,
        wanted: 'the name of a session as WAHA lists it: 1 to 64 letters, digits, "_", "-" and "."',
      }) ?? DEFAULT_SESSION,
    hmacKey: reader.text('hmacKey', {
      pattern: /^[^\r\n]{8,512}$/,
      wanted: 'a text of 8 to 512 characters: the hmac.key of the webhook at WAHA',
      secret: true,
    }),
    checkNumbers: reader.flag('checkNumbers'),
  };
  reader.finish('waha');
  return settings;
}

function faultOf(baseUrl: string, addresses: AddressPolicy): string | undefined {
  const fault = addresses.faultOf(baseUrl);
  if (fault !== undefined) return fault;
  return /\/api\/*$/.test(new URL(baseUrl).pathname)
    ? 'must not end in /api: Caudal adds it itself'
    : undefined;
}
