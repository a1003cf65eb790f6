import { SettingsReader } from '../../src/channels/providers/settings-reader.js';
import type { ProviderSurroundings } from '../../src/channels/providers/provider-registration.js';

export interface PalomaSettings {
  readonly baseUrl: string;
  /** Paloma's name of the sending number; its webhooks bear it. */
  readonly line: string;
  readonly token: string;
  readonly signingKey: string;
}

export const PALOMA_SECRET_SETTINGS = ['token', 'signingKey'] as const;

const SECRET = {
  pattern: /^[\x21-\x7e]{8,200}$/,
  wanted: 'a text of 8 to 200 visible ASCII characters: see Paloma > Lines > Keys',
  secret: true,
};

export function readPalomaSettings(
  input: unknown,
  addresses: ProviderSurroundings['addresses'],
): PalomaSettings {
  const reader = new SettingsReader(input);
  const baseUrl =
    reader.text('baseUrl', { pattern: /^\S{1,500}$/, wanted: 'a URL' }) ?? 'https://api.paloma.example';
  const fault = addresses.faultOf(baseUrl);
  if (fault !== undefined) reader.fault('baseUrl', fault);
  const settings: PalomaSettings = {
    baseUrl: baseUrl.replace(/\/+$/, ''),
    line: reader.requiredText('line', {
      pattern: /^\w{1,40}$/,
      wanted: 'the name that Paloma > Lines shows',
    }),
    token: reader.requiredText('token', SECRET),
    signingKey: reader.requiredText('signingKey', SECRET),
  };
  reader.finish('paloma');
  return settings;
}
