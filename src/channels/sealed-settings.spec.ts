import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { Keyring } from '../common/keyring.js';
import { SealedSettings } from './sealed-settings.js';

const sealed = new SealedSettings(new Keyring('m'.repeat(32)));
const OWNER = { workspaceId: randomUUID(), channelId: randomUUID() };
const SETTINGS = { phoneNumberId: '1', accessToken: 'EAAG-secret', nested: { ñ: ['👋'] } };

describe('sealed settings', () => {
  it('open for the row that they were sealed for', () => {
    expect(sealed.open(sealed.seal(SETTINGS, OWNER), OWNER)).toEqual(SETTINGS);
  });

  it('show nothing, and never look the same twice', () => {
    const once = sealed.seal(SETTINGS, OWNER);
    expect(once.toString('latin1')).not.toContain('secret');
    expect(once.equals(sealed.seal(SETTINGS, OWNER))).toBe(false);
  });

  it('do not open for another row or another workspace', () => {
    const value = sealed.seal(SETTINGS, OWNER);
    expect(() => sealed.open(value, { ...OWNER, channelId: randomUUID() })).toThrow(
      /moved here from another channel/,
    );
    expect(() => sealed.open(value, { ...OWNER, workspaceId: randomUUID() })).toThrow(/do not open/);
  });

  it('do not open under another master key, and the error names the setting', () => {
    const other = new SealedSettings(new Keyring('n'.repeat(32)));
    expect(() => other.open(sealed.seal(SETTINGS, OWNER), OWNER)).toThrow(/CAUDAL_MASTER_KEY/);
  });

  it('do not open with any byte changed, nor cut short', () => {
    const value = sealed.seal(SETTINGS, OWNER);
    for (let at = 0; at < value.length; at += 1) {
      const changed = Buffer.from(value);
      changed[at] = (changed[at] ?? 0) ^ 1;
      expect(() => sealed.open(changed, OWNER)).toThrow(/settings of channel/);
    }
    for (const length of [0, 1, 12, 28, value.length - 1]) {
      expect(() => sealed.open(value.subarray(0, length), OWNER)).toThrow(/settings of channel/);
    }
  });
});
