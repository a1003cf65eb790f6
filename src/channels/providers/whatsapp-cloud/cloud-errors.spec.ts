import { describe, expect, it } from 'vitest';
import { cloudError, cloudReason, type CloudErrorClass } from './cloud-errors.js';

/** The table of the Cloud API's documentation, as docs/providers has it. */
const TABLE: readonly (readonly [CloudErrorClass, readonly number[]])[] = [
  ['auth_stop', [0, 3, 10, 102, 104, 190, 200, 230, 299, 131005]],
  ['account_stop', [368, 130497, 131031, 131037, 131042, 131045, 133005, 133006, 133010]],
  ['permanent_message', [33, 100, 131008, 131009, 131036, 131051, 131052, 131055, 131060, 135000]],
  [
    'permanent_config',
    [
      131063, 132000, 132001, 132005, 132007, 132008, 132012, 132015, 132016, 132018, 132068, 132069, 134011,
      134100, 134102,
    ],
  ],
  ['permanent_recipient', [130403, 131021, 131026, 131030, 131050, 131062]],
  ['window_closed', [131047, 470]],
  ['deferred_recipient', [131049, 130472]],
  ['throttled_number', [130429, 131048, 131064]],
  ['throttled_pair', [131056]],
  ['throttled_app', [4, 17, 613, 80007, 80008, 133016]],
  ['transient', [1, 2, 131000, 131016, 131057, 133004, 134101]],
  ['transient_media', [131053]],
];
const CODES = TABLE.flatMap(([errorClass, codes]) => codes.map((code) => [code, errorClass] as const));

describe('the error codes of the Cloud API', () => {
  it.each(CODES)('%i is %s, with a sentence for people', (code, errorClass) => {
    const error = cloudError(code);
    expect(error?.class).toBe(errorClass);
    expect(error?.reason).toMatch(/^[A-Z].{10,}\.$/);
  });

  it('suppresses only the persons whom Meta says to have opted out', () => {
    expect(CODES.filter(([code]) => cloudError(code)?.suppress).map(([code]) => code)).toEqual([
      130403, 131050,
    ]);
  });

  it('calls only those transient codes not accepted that Meta documents so', () => {
    const notAccepted = CODES.filter(([code]) => cloudError(code)?.notAccepted).map(([code]) => code);
    expect(notAccepted.sort()).toEqual([131057, 133004, 134101]);
  });

  it('knows nothing of other codes', () => {
    for (const code of [199, 300, 2500, 999_999]) expect(cloudError(code)).toBeUndefined();
  });

  it("uses Meta's title for a code it does not know, without any number in it", () => {
    expect(cloudReason(999_999, 'Cannot write to 5215512345678')).toBe('WhatsApp: Cannot write to …');
    expect(cloudReason(999_999, undefined)).toBe('WhatsApp reported its code 999999.');
  });
});
