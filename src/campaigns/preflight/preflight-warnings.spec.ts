import { describe, expect, it } from 'vitest';
import { findingsIn } from './preflight-text.js';
import { warningsOf, type PreflightChannel, type PreflightFacts } from './preflight-warnings.js';

const text = (words: string) => ({ type: 'text', text: words }) as const;

describe('what a text is warned of', () => {
  it.each([
    'Responde BAJA para no recibir más',
    'Para darte de baja: https://example.com/baja',
    'Reply STOP to opt out',
    'Responda SAIR para não receber',
  ])('finds the line of how to opt out in "%s"', (words) => {
    expect(findingsIn(text(words)).lacksOptOut).toBe(false);
  });

  it('misses it where nothing says it, and in a caption too', () => {
    expect(findingsIn(text('Compra hoy en nuestra tienda non-stopped')).lacksOptOut).toBe(true);
    const image = { type: 'image', url: 'https://example.com/a.png', caption: 'Oferta' } as const;
    expect(findingsIn(image).lacksOptOut).toBe(true);
  });

  it('asks for none in a template, which its provider reviewed, nor in a file without words', () => {
    expect(findingsIn({ type: 'template', name: 'promo', language: 'es' }).lacksOptOut).toBe(false);
    expect(findingsIn({ type: 'image', url: 'https://example.com/a.png' }).lacksOptOut).toBe(false);
  });

  it("takes the deployment's own words", () => {
    expect(findingsIn(text('Escribe Adiós si ya no quieres'), ['adios']).lacksOptOut).toBe(false);
  });

  it('finds capitals, whatever its variables and links are', () => {
    expect(
      findingsIn(text('GRAN OFERTA EN TODO SOLO POR HOY {{nombre}} https://example.com/oferta'))
        .isAllCapitals,
    ).toBe(true);
    expect(findingsIn(text('Gran oferta solo hoy en TODA LA TIENDA')).isAllCapitals).toBe(false);
    expect(findingsIn(text('OK')).isAllCapitals).toBe(false);
  });

  it('finds shortened links by their whole host, in templates as well', () => {
    expect(findingsIn(text('Mira https://bit.ly/abc y TinyURL.com/x')).shorteners).toEqual([
      'bit.ly',
      'tinyurl.com',
    ]);
    expect(findingsIn(text('https://rabbit.ly/abc https://t.com/x https://est.co/x')).shorteners).toEqual([]);
    const components = [{ type: 'button', parameters: [{ type: 'text', text: 'https://cutt.ly/x' }] }];
    expect(findingsIn({ type: 'template', name: 'a', language: 'es', components }).shorteners).toEqual([
      'cutt.ly',
    ]);
  });
});

describe('the warnings of a preflight', () => {
  const nothing = { lacksOptOut: false, isAllCapitals: false, shorteners: [] };
  const lacking = { ...nothing, lacksOptOut: true };
  const channel: PreflightChannel = {
    id: 'c',
    name: 'Ventas',
    share: 1,
    messages: 100,
    ratePerSecond: 10,
    dayLimit: null,
    dayLeft: null,
    recipientsPerDay: null,
    contactsPerDay: null,
    contactsLeft: null,
    quality: 'GREEN',
    obstacle: null,
  };
  const facts: PreflightFacts = {
    counts: {
      audience: 100,
      recipients: 100,
      optedOut: 0,
      invalid: 0,
      duplicates: 0,
      noTicket: 0,
      windowClosed: 0,
      overCap: 0,
      missingVariables: 0,
    },
    missing: [],
    channels: [channel],
    newChannels: [],
    isMarketing: true,
    texts: [{ variant: null, findings: nothing }],
    ofContent: [],
  };
  const codesOf = (over: Partial<PreflightFacts>) =>
    warningsOf({ ...facts, ...over }).map(({ code }) => code);
  const ofChannel = (over: Partial<PreflightChannel>) => codesOf({ channels: [{ ...channel, ...over }] });

  it('are none where nothing is the matter', () => {
    expect(warningsOf(facts)).toEqual([]);
  });

  it('ask for a way to opt out of marketing only', () => {
    const texts = [{ variant: null, findings: lacking }];
    expect(codesOf({ texts })).toEqual(['no_opt_out']);
    expect(codesOf({ texts, isMarketing: false })).toEqual([]);
  });

  it('name the variant that they are about', () => {
    const texts = ['A', 'B'].map((variant) => ({ variant, findings: variant === 'B' ? lacking : nothing }));
    expect(warningsOf({ ...facts, texts })).toMatchObject([
      { code: 'no_opt_out', text: expect.stringMatching(/^Variant "B": /) },
    ]);
  });

  it('speak of a budget of contacts where the share of a channel is more than has a place, and then not of refusals', () => {
    const room = { contactsPerDay: 250, contactsLeft: 100, recipientsPerDay: 250 };
    expect(ofChannel(room)).toEqual([]);
    expect(ofChannel({ ...room, contactsLeft: 99 })).toEqual(['over_contact_budget']);
    expect(ofChannel({ ...room, messages: 300 })).toEqual(['over_contact_budget']);
    expect(ofChannel({ ...room, contactsPerDay: 1000, contactsLeft: 1000, messages: 300 })).toEqual([
      'over_recipients_per_day',
    ]);
  });

  it('speak of a day only where the share of a channel is more than is left of it', () => {
    expect(ofChannel({ dayLimit: 1000, dayLeft: 100 })).toEqual([]);
    expect(ofChannel({ dayLimit: 1000, dayLeft: 99 })).toEqual(['over_day_budget']);
    expect(ofChannel({ recipientsPerDay: 100 })).toEqual([]);
    expect(ofChannel({ recipientsPerDay: 99 })).toEqual(['over_recipients_per_day']);
  });

  it.each(['YELLOW', 'RED'] as const)('tell that the quality of a channel is %s', (quality) => {
    expect(ofChannel({ quality })).toEqual(['quality']);
  });

  it('tell why a channel does not send, and how many a closed window keeps out', () => {
    const obstacle = { code: 'channel_held', text: 'Channel "Ventas" is held: spec', since: null } as const;
    expect(ofChannel({ obstacle })).toEqual(['channel_obstacle']);
    const counts = { ...facts.counts, recipients: 10, windowClosed: 90 };
    const [warning] = warningsOf({ ...facts, counts, channels: [{ ...channel, messages: 10 }] });
    expect(warning).toMatchObject({
      code: 'window_closed',
      text: expect.stringContaining('90 of 100 people (90 %)'),
    });
  });

  it('say first what start would refuse', () => {
    expect(
      codesOf({
        counts: { ...facts.counts, recipients: 0 },
        missing: [{ name: 'saldo', rows: 3 }],
        newChannels: ['Ventas'],
        ofContent: [{ code: 'template_unknown', text: 'spec' }],
      }),
    ).toEqual(['empty_audience', 'missing_variables', 'template_unknown', 'first_campaign']);
  });
});
