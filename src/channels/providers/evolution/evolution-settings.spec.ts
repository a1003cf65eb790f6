import { describe, expect, it } from 'vitest';
import { DomainError } from '../../../common/domain-error.js';
import { surroundingsOf } from '../../../../test/support/provider-surroundings.js';
import { evolution } from './evolution-provider.js';

const provider = evolution.make(surroundingsOf({ CAUDAL_PRIVATE_HOSTS: 'evolution.internal' }));
const RIGHT = { baseUrl: 'https://evolution.test', instance: 'ventas', apiKey: 'B6D711FC' };

function faultsOf(input: unknown): string[] {
  try {
    provider.parseSettings(input);
    return [];
  } catch (error) {
    if (!(error instanceof DomainError) || error.kind !== 'invalid') throw error;
    return (error.details.errors ?? []).map(({ pointer, detail }) => `${pointer} ${detail}`);
  }
}

describe('the settings', () => {
  it('are those of an instance that is linked to a phone, unless they say otherwise', () => {
    expect(provider.parseSettings({ ...RIGHT, baseUrl: 'https://evolution.test/api/' })).toEqual({
      ...RIGHT,
      baseUrl: 'https://evolution.test/api',
      integration: 'WHATSAPP-BAILEYS',
    });
    expect(provider.parseSettings({ ...RIGHT, integration: 'WHATSAPP-BUSINESS' })).toMatchObject({
      integration: 'WHATSAPP-BUSINESS',
    });
  });

  it.each(['ventas', 'Ventas México', 'a', 'tienda #1 (50%)', 'ventas.mx'])(
    'take the name %s',
    (instance) => {
      expect(faultsOf({ ...RIGHT, instance })).toEqual([]);
    },
  );

  it.each(['', ' ventas', 'ventas ', 'a/b', 'a\\b', 'a\nb', 'x'.repeat(101)])(
    'refuse the name %j',
    (instance) => {
      expect(faultsOf({ ...RIGHT, instance })).toEqual([expect.stringContaining('/settings/instance')]);
    },
  );

  it('name everything that is missing', () => {
    expect(faultsOf({})).toEqual([
      expect.stringContaining('/settings/baseUrl is missing'),
      expect.stringContaining('/settings/instance is missing'),
      expect.stringContaining('/settings/apiKey is missing'),
    ]);
  });

  it('never repeat a key that is wrong', () => {
    const [fault] = faultsOf({ ...RIGHT, apiKey: 'a key with spaces' });
    expect(fault).toContain('AUTHENTICATION_API_KEY');
    expect(fault).not.toContain('a key with spaces');
  });

  it('refuse the page of the manager, another integration, and what they do not know', () => {
    expect(faultsOf({ ...RIGHT, baseUrl: 'https://evolution.test/manager/instance/1' })).toEqual([
      expect.stringContaining('must not hold /manager'),
    ]);
    expect(faultsOf({ ...RIGHT, integration: 'EVOLUTION' })).toEqual([
      expect.stringContaining('WHATSAPP-BUSINESS'),
    ]);
    expect(faultsOf({ ...RIGHT, token: 'x' })).toEqual([
      expect.stringContaining('/settings/token is not a setting'),
    ]);
  });

  it('lead to private addresses only where these are listed', () => {
    expect(faultsOf({ ...RIGHT, baseUrl: 'http://evolution.internal:8080' })).toEqual([]);
    expect(faultsOf({ ...RIGHT, baseUrl: 'http://10.0.0.9:8080' })).toEqual([
      expect.stringContaining('CAUDAL_PRIVATE_HOSTS'),
    ]);
  });

  it('decide what can be promised', () => {
    const phone = provider.capabilitiesOf(provider.parseSettings(RIGHT));
    const business = provider.capabilitiesOf(
      provider.parseSettings({ ...RIGHT, integration: 'WHATSAPP-BUSINESS' }),
    );
    expect(phone).toMatchObject({ keepsSession: true, canLookUp: true, hasServiceWindow: false });
    expect(business).toMatchObject({ keepsSession: false, canLookUp: false, hasServiceWindow: true });
    // No webhook names our correlation id: the ledger must keep the provider's ids.
    for (const can of [phone, business]) {
      expect(can).toMatchObject({ echoesCorrelation: false, signsWebhooks: false });
    }
  });

  it('decide whether a template can be sent, before a campaign of one begins', () => {
    const template = { type: 'template', name: 'hello', language: 'es_MX' } as const;
    const business = provider.parseSettings({ ...RIGHT, integration: 'WHATSAPP-BUSINESS' });
    expect(provider.contentFault!(template, () => provider.parseSettings(RIGHT))).toContain('integration');
    expect(provider.contentFault!(template, () => business)).toBeUndefined();
    const interactive = { type: 'interactive', interactive: { type: 'button' } } as const;
    expect(provider.contentFault!(interactive, () => business)).toContain('no interactive messages');
    expect(provider.contentFault!({ type: 'text', text: 'Hola' }, () => business)).toBeUndefined();
  });
});
