import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CampaignsFixture } from './campaigns-app.js';
import { REFUSED, VARIANTS, VariantsFixture } from './variants-app.js';

describe('a campaign with variants', () => {
  let app: VariantsFixture;
  let fixture: CampaignsFixture;
  let channelId: string;

  beforeAll(async () => {
    app = await VariantsFixture.start();
    ({ fixture, channelId } = app);
  });

  afterAll(() => fixture?.stop());

  it('shares its recipients out by weight, each with the text of its own variant and no other', async () => {
    await fixture.addContacts(1000, { tags: ['reparto'] });
    const id = await app.started({ variants: VARIANTS }, 'reparto');
    const rows = await app.rowsOf(id);
    const ofA = rows.filter(({ variant }) => variant === 0).length;
    expect(rows.every(({ variant }) => variant === 0 || variant === 1)).toBe(true);
    // A quarter of a thousand, and five times what chance makes of it.
    expect(Math.abs(ofA - 250)).toBeLessThan(5 * Math.sqrt(1000 * 0.25 * 0.75));
    const said = await app.visit(id);
    expect(said).toHaveLength(1000);
    const variantOf = new Map(rows.map(({ seq, variant }) => [seq, variant]));
    for (const { seq, text } of said) {
      expect(text).toMatch(
        variantOf.get(seq) === 0 ? /^Hola Persona \d+, corre$/ : /^Hola, tu saldo es 100$/,
      );
    }
  });

  it('gives the same person the same variant after a crash, and another share in another campaign', async () => {
    await fixture.addContacts(200, { tags: ['igual'] });
    const id = await app.started({ variants: VARIANTS }, 'igual');
    const before = await app.rowsOf(id);
    const dispatchId = await fixture.dispatchOf(id);
    await fixture.sql.query('DELETE FROM messages WHERE dispatch_id = $1', [dispatchId]);
    await fixture.sql.query('DELETE FROM batches WHERE dispatch_id = $1', [dispatchId]);
    await fixture.sql.query('UPDATE dispatches SET total = 0, batch_count = 0 WHERE id = $1', [dispatchId]);
    await fixture.sql.query('UPDATE campaigns SET is_prepared = false, prepare_cursor = 0 WHERE id = $1', [
      id,
    ]);
    await fixture.prepare(id);
    expect((await app.rowsOf(id)).map(({ recipient, variant }) => [recipient, variant])).toEqual(
      before.map(({ recipient, variant }) => [recipient, variant]),
    );
    const other = await app.rowsOf(await app.started({ variants: VARIANTS }, 'igual'));
    expect(other.map(({ variant }) => variant)).not.toEqual(before.map(({ variant }) => variant));
  });

  it('shows in preflight who would get which, the same that they get, and warns of each by its name', async () => {
    await fixture.addContacts(30, { tags: ['antes'] });
    const id = await fixture.createCampaign({
      variants: [{ name: 'Gritada', message: 'GRAN OFERTA SOLO POR HOY, NO TE LA PIERDAS' }, ...VARIANTS],
      audience: { tags: ['antes'] },
      channelIds: [channelId],
    });
    const { body } = await fixture.call('GET', `/api/campaigns/${id}/preflight`);
    expect(body.samples).toHaveLength(9);
    expect(new Set(body.samples.map((one: { variant: string }) => one.variant))).toEqual(
      new Set(['Gritada', 'A', 'B']),
    );
    const capitals = body.warnings.filter((one: { code: string }) => one.code === 'all_capitals');
    expect(capitals).toMatchObject([{ text: expect.stringMatching(/^Variant "Gritada": /) }]);
    await fixture.start(id);
    await fixture.prepare(id);
    const names = ['Gritada', 'A', 'B'];
    const got = new Map((await app.rowsOf(id)).map(({ recipient, variant }) => [recipient, names[variant!]]));
    for (const { recipient, variant, isTheirs } of body.samples) {
      expect(isTheirs, `${recipient} ${variant}`).toBe(got.get(recipient) === variant);
    }
  });

  it('asks for the variables of all its variants before it starts', async () => {
    await fixture.addContacts(3, { tags: ['sin'], saldo: null });
    const id = await fixture.createCampaign({
      variants: VARIANTS,
      audience: { tags: ['sin'] },
      channelIds: [channelId],
    });
    const { status, body } = await fixture.start(id);
    expect(status).toBe(422);
    expect(body).toMatchObject({ code: 'missing_variables', missing: [{ name: 'saldo', rows: 3 }] });
  });

  it('counts in its report what came of each, and the replies of those who did not opt out', async () => {
    await fixture.addContacts(60, { tags: ['informe'] });
    const id = await app.started({ variants: VARIANTS }, 'informe');
    const rows = await app.rowsOf(id);
    const [a, b] = [0, 1].map((variant) => rows.filter((row) => row.variant === variant));
    await app.visit(id, (seq) => (seq === b![0]!.seq ? REFUSED : {}));
    await app.read(id, [a![0]!.seq, b![1]!.seq, b![2]!.seq]);
    await app.replied(a![0]!, 5);
    await app.replied(b![1]!, 5);
    await app.replied(b![2]!, 5);
    // What came before the message, or much later, is about something else; and STOP is no answer that anybody wants.
    await app.replied(a![1]!, -60);
    await app.replied(a![2]!, 8 * 86_400);
    await fixture.sql.query('UPDATE contacts SET opted_out_at = now() WHERE id = $1', [b![2]!.contact_id]);

    const { body: report } = await fixture.call('GET', `/api/campaigns/${id}/report`);
    const expected = [
      { variant: 'A', recipients: a!.length, sent: a!.length, replies: 1, readRate: rate(1, a!.length) },
      { variant: 'B', recipients: b!.length, sent: b!.length, replies: 1, readRate: rate(2, b!.length) },
    ];
    expect(report.byVariant).toMatchObject(expected);
    expect(report.byVariant[1].states).toMatchObject({ failed: 1, read: 2, accepted: b!.length - 3 });
    expect(report.reconciles).toBe(true);
    expect(await app.variantsOf(id)).toMatchObject({ metric: null, winner: null, variants: expected });

    const { text: csv } = await fixture.call('GET', `/api/campaigns/${id}/report.csv`);
    const lines = csv.trim().split('\r\n').slice(1);
    expect(lines.filter((line) => line.endsWith(',A'))).toHaveLength(a!.length);
    const { body: page } = await fixture.call('GET', `/api/campaigns/${id}/messages?limit=5`);
    expect(page.items.map((one: { variant: string }) => one.variant)).toEqual(
      rows.slice(0, 5).map(({ variant }) => VARIANTS[variant!]!.name),
    );
    const trail = await fixture.call('GET', `/api/campaigns/${id}/messages/${b![0]!.seq}/trail`);
    expect(trail.body.messages).toMatchObject([{ variant: 'B', state: 'failed' }]);
  });

  it('sends the same variant again to whom it failed', async () => {
    await fixture.addContacts(20, { tags: ['otra'] });
    const id = await app.started({ variants: VARIANTS }, 'otra');
    const first = await app.rowsOf(id);
    await app.visit(id, (seq) => (seq % 2 === 0 ? REFUSED : {}));
    await fixture.tick();
    expect((await fixture.call('POST', `/api/campaigns/${id}/resend`, { states: ['failed'] })).status).toBe(
      202,
    );
    await fixture.prepare(id);
    const again = await app.rowsOf(id);
    const before = new Map(first.map(({ recipient, variant }) => [recipient, variant]));
    expect(again).toHaveLength(10);
    for (const { recipient, variant } of again) expect(variant).toBe(before.get(recipient));
    const said = await app.visit(id);
    expect(said.filter(({ text }) => text.endsWith('corre'))).toHaveLength(
      again.filter(({ variant }) => variant === 0).length,
    );
  });

  it('keeps its variants in copies, gives them up for one text, and takes no winner without them', async () => {
    const winner = { metric: 'read', testSize: '10%', afterMinutes: 60 };
    const id = await fixture.createCampaign({
      variants: VARIANTS,
      winner,
      audience: { all: true },
      channelIds: [channelId],
    });
    const { body: copy } = await fixture.call('POST', `/api/campaigns/${id}/duplicate`);
    expect(copy).toMatchObject({
      winner,
      variants: [
        { name: 'A', weight: 1 },
        { name: 'B', weight: 3 },
      ],
    });
    const { body: without } = await fixture.call('PATCH', `/api/campaigns/${copy.id}`, { winner: null });
    expect(without).toMatchObject({ winner: null, variants: [{ name: 'A' }, { name: 'B' }] });
    const { body: plain } = await fixture.call('PATCH', `/api/campaigns/${id}`, { message: 'Hola' });
    expect(plain).toMatchObject({ variants: null, winner: null, content: { type: 'text', text: 'Hola' } });
    const refused = await fixture.call('PATCH', `/api/campaigns/${id}`, { winner });
    expect(refused).toMatchObject({ status: 400, body: { errors: [{ pointer: '/winner' }] } });
  });

  it('comes with a form as well, as JSON text', async () => {
    const { status, body, text } = await fixture.upload(
      '/api/campaigns',
      'telefono,nombre,saldo\n5512345678,Ana,5\n',
      {
        name: 'mayo',
        variants: JSON.stringify(VARIANTS),
        channelIds: JSON.stringify([channelId]),
        defaultCountry: 'MX',
      },
    );
    expect(status, text).toBe(201);
    expect(body.variants).toMatchObject([{ name: 'A' }, { name: 'B' }]);
  });

  it('can be refused by each of its variants', async () => {
    const one = await fixture.call('POST', '/api/campaigns', {
      name: 'mayo',
      variants: [VARIANTS[0]],
      audience: { all: true },
    });
    expect(one).toMatchObject({ status: 400, body: { errors: [{ pointer: '/variants' }] } });
    const nameless = await fixture.call('POST', '/api/campaigns', {
      name: 'mayo',
      variants: [VARIANTS[0], { message: 'Hola' }],
      audience: { all: true },
    });
    expect(nameless.body.errors[0].pointer).toBe('/variants/1/name');
  });
});

function rate(count: number, sent: number): number {
  return Math.round((count / sent) * 10_000) / 10_000;
}
