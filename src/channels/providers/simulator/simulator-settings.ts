import { randomBytes, randomInt } from 'node:crypto';
import { SettingsReader } from '../settings-reader.js';
import { SECRET_TEXT } from '../whatsapp-cloud/cloud-settings.js';

/** How the simulated number behaves; passed on to the simulator as it is. */
export interface SimulatorBehaviour {
  readonly latencyMs?: number;
  readonly jitterMs?: number;
  readonly failureRate?: number;
  readonly throttleRate?: number;
  readonly unknownRate?: number;
  readonly deliveredRate?: number;
  readonly readRate?: number;
  readonly replyRate?: number;
  readonly statusDelayMs?: number;
  readonly lookUpLagMs?: number;
  readonly enforceWindow?: boolean;
  readonly seed?: number;
}

/** The behaviour, and what a number of the Cloud API has; made up once, when the channel is created. */
export interface SimulatorSettings extends SimulatorBehaviour {
  readonly phoneNumberId: string;
  readonly accessToken: string;
  readonly appSecret: string;
}

export const SIMULATOR_SECRET_SETTINGS = ['accessToken', 'appSecret'] as const;

const DELAYS = ['latencyMs', 'jitterMs', 'statusDelayMs', 'lookUpLagMs'] as const;
const RATES = [
  'failureRate',
  'throttleRate',
  'unknownRate',
  'deliveredRate',
  'readRate',
  'replyRate',
] as const;
const LONGEST_DELAY_MS = 600_000;
const SECRET = {
  pattern: SECRET_TEXT,
  wanted: 'a text of visible ASCII characters without spaces',
  secret: true,
};

export function readSimulatorSettings(input: unknown): SimulatorSettings {
  const reader = new SettingsReader(input);
  const settings: Record<string, unknown> = {};
  for (const name of DELAYS) settings[name] = reader.number(name, { min: 0, max: LONGEST_DELAY_MS });
  for (const name of RATES) settings[name] = reader.number(name, { min: 0, max: 1 });
  settings['enforceWindow'] = reader.flag('enforceWindow');
  settings['seed'] = reader.number('seed', { min: 0, max: 2 ** 32 - 1, whole: true });
  settings['phoneNumberId'] =
    reader.text('phoneNumberId', { pattern: /^\d{5,20}$/, wanted: '5 to 20 digits' }) ?? newPhoneNumberId();
  settings['accessToken'] = reader.text('accessToken', SECRET) ?? randomBytes(32).toString('base64url');
  settings['appSecret'] = reader.text('appSecret', SECRET) ?? randomBytes(16).toString('hex');
  reader.finish('simulator');
  return settings as unknown as SimulatorSettings;
}

export function behaviourOf(settings: SimulatorSettings): SimulatorBehaviour {
  const { phoneNumberId: _id, accessToken: _token, appSecret: _secret, ...behaviour } = settings;
  return behaviour;
}

/** 15 digits, as Meta's. */
function newPhoneNumberId(): string {
  return `1${randomInt(1e7, 1e8)}${randomInt(1e5, 1e6)}`;
}
