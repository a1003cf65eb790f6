import { describe, expect, it } from 'vitest';
import { behaviourOf, readSimulatorSettings } from './simulator-settings.js';

describe('the settings of a simulated channel', () => {
  it('make up a number and its secrets when there are none, and keep them after that', () => {
    const settings = readSimulatorSettings({ latencyMs: 40 });
    expect(settings.phoneNumberId).toMatch(/^\d{15}$/);
    expect(settings.accessToken.length).toBeGreaterThan(30);
    expect(settings.appSecret).toMatch(/^[0-9a-f]{32}$/);
    expect(readSimulatorSettings({ ...settings, latencyMs: 50 })).toEqual({ ...settings, latencyMs: 50 });
    expect(readSimulatorSettings({}).phoneNumberId).not.toBe(settings.phoneNumberId);
  });

  it('pass on how it behaves, and nothing else', () => {
    const settings = readSimulatorSettings({
      failureRate: 0.1,
      enforceWindow: true,
      seed: 7,
      statusDelayMs: 0,
    });
    expect(JSON.parse(JSON.stringify(behaviourOf(settings)))).toEqual({
      failureRate: 0.1,
      enforceWindow: true,
      seed: 7,
      statusDelayMs: 0,
    });
  });

  it.each([
    ['failureRate', 1.1],
    ['latencyMs', -1],
    ['seed', 0.5],
    ['enforceWindow', 'yes'],
    ['speed', 1],
  ])('refuse %s of %s', (name, value) => {
    expect(() => readSimulatorSettings({ [name]: value })).toThrow(`/settings/${name}`);
  });
});
