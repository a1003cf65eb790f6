import type { AddressPolicy } from '../../address-policy.js';
import { SettingsReader } from '../settings-reader.js';
import type { GatewayMapping, MappingWish, Scalar } from './gateway-mapping.js';
import { mergedMapping, type MergedMapping } from './merged-mapping.js';
import { isFlat, readMappingWish } from './mapping-reader.js';
import { isObject, readFields, readHeaders, readOneOf } from './member-readers.js';
import { PRESETS } from './gateway-presets.js';

/** As they are kept: what somebody wrote. What they come to with their preset is `mappingOf`. */
export interface GatewaySettings extends MappingWish {
  readonly baseUrl: string;
  readonly preset?: string;
  /** All of them secret: hardly any header is set here that is not a credential. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Added to every body. */
  readonly fields?: Readonly<Record<string, Scalar>>;
  readonly secretFields?: Readonly<Record<string, Scalar>>;
  readonly webhookToken?: string;
}

export const GATEWAY_SECRET_SETTINGS = ['headers', 'secretFields', 'webhookToken'] as const;

export function readGatewaySettings(input: unknown, addresses: AddressPolicy): GatewaySettings {
  const reader = new SettingsReader(input);
  const baseUrl = reader.requiredText('baseUrl', {
    pattern: /^\S{1,500}$/,
    wanted: 'where the service is, such as http://10.0.0.5:3010',
  });
  const baseUrlFault = baseUrl === '' ? undefined : addresses.faultOf(baseUrl);
  if (baseUrlFault !== undefined) reader.fault('baseUrl', baseUrlFault);
  const settings: GatewaySettings = {
    baseUrl: baseUrl.replace(/\/+$/, ''),
    preset: readOneOf(reader, 'preset', Object.keys(PRESETS)),
    headers: readHeaders(reader, 'headers'),
    fields: readFields(reader, 'fields'),
    secretFields: readFields(reader, 'secretFields'),
    webhookToken: reader.text('webhookToken', {
      pattern: /^[\x21-\x7e]{16,1024}$/,
      wanted: 'a text of 16 to 1024 visible ASCII characters without spaces',
      secret: true,
    }),
    ...readMappingWish(reader),
  };
  faultsOfWhole(reader, input, mergedMapping(settings, settings.preset));
  reader.finish('http-gateway');
  return settings;
}

/** What the settings come to; only for those that were checked. */
export function mappingOf(settings: GatewaySettings): GatewayMapping {
  return mergedMapping(settings, settings.preset) as GatewayMapping;
}

/** What only shows once the preset has filled in the rest. What was given and is wrong has been named already. */
function faultsOfWhole(reader: SettingsReader, input: unknown, { send, media }: MergedMapping): void {
  for (const member of ['path', 'body'] as const) {
    if (send[member] === undefined && !isGiven(input, 'send', member)) {
      const presets = Object.keys(PRESETS).join(', ');
      reader.fault(`send/${member}`, `is missing; give it, or one of the presets ${presets}`);
    }
  }
  if (media !== undefined && media.body === undefined && !isGiven(input, 'media', 'body'))
    reader.fault(
      'media/body',
      'is missing; it must be an object such as { "to": "{recipient}", "url": "{url}" }',
    );
  if (send.encoding !== 'form') return;
  for (const [name, body] of Object.entries({ send: send.body, media: media?.body })) {
    if (body !== undefined && !isFlat(body))
      reader.fault(`${name}/body`, 'holds a list or an object, for which a form has no place');
  }
}

function isGiven(input: unknown, group: string, member: string): boolean {
  const members = isObject(input) ? input[group] : undefined;
  return isObject(members) && members[member] !== undefined;
}
