import type { AddressPolicy } from '../../address-policy.js';
import { SettingsReader } from '../settings-reader.js';

export interface CloudSettings {
  readonly baseUrl: string;
  readonly apiVersion: string;
  readonly phoneNumberId: string;
  readonly wabaId?: string;
  readonly accessToken: string;
  /** Proves webhooks; without it none is taken for this channel. */
  readonly appSecret?: string;
  readonly verifyToken?: string;
}

export const CLOUD_SECRET_SETTINGS = ['accessToken', 'appSecret', 'verifyToken'] as const;

export const DEFAULT_BASE_URL = 'https://graph.facebook.com';
/** The version whose published schema this driver was written against; Meta keeps it until October 2027. */
export const DEFAULT_API_VERSION = 'v23.0';

const DIGITS = /^\d{1,32}$/;
/** Goes into a header: visible ASCII only. */
export const SECRET_TEXT = /^[\x21-\x7e]{1,1024}$/;
const SECRET_WANTED = 'a text of 1 to 1024 visible ASCII characters without spaces';

export function readCloudSettings(input: unknown, addresses: AddressPolicy): CloudSettings {
  const reader = new SettingsReader(input);
  const baseUrl = reader.text('baseUrl', { pattern: /^\S{1,500}$/, wanted: 'a URL' }) ?? DEFAULT_BASE_URL;
  const baseUrlFault = addresses.faultOf(baseUrl);
  if (baseUrlFault !== undefined) reader.fault('baseUrl', baseUrlFault);
  const settings: CloudSettings = {
    baseUrl: baseUrl.replace(/\/+$/, ''),
    apiVersion:
      reader.text('apiVersion', {
        pattern: /^v\d{1,3}\.\d{1,2}$/,
        wanted: `a version such as ${DEFAULT_API_VERSION}`,
      }) ?? DEFAULT_API_VERSION,
    phoneNumberId: reader.requiredText('phoneNumberId', {
      pattern: DIGITS,
      wanted: 'the digits that WhatsApp > API Setup shows as Phone number ID (not the phone number)',
    }),
    wabaId: reader.text('wabaId', {
      pattern: DIGITS,
      wanted: 'the digits that WhatsApp > API Setup shows as WhatsApp Business Account ID',
    }),
    accessToken: reader.requiredText('accessToken', {
      pattern: SECRET_TEXT,
      wanted: `${SECRET_WANTED}: the token of a System User with the permission whatsapp_business_messaging`,
      secret: true,
    }),
    appSecret: reader.text('appSecret', {
      pattern: SECRET_TEXT,
      wanted: `${SECRET_WANTED}: App settings > Basic > App secret`,
      secret: true,
    }),
    verifyToken: reader.text('verifyToken', { pattern: SECRET_TEXT, wanted: SECRET_WANTED, secret: true }),
  };
  reader.finish('whatsapp-cloud');
  return settings;
}
