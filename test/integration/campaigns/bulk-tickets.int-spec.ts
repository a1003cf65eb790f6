import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CampaignsFixture } from './campaigns-app.js';

const TICKETS = '/tickets/send-whatsapp-by-event';

describe('the tickets of an event', () => {
  let fixture: CampaignsFixture;
  let channelId: string;
  let numbers = 0;

  beforeAll(async () => {
    fixture = await CampaignsFixture.start();
    channelId = await fixture.createChannel({ pacing: { mode: 'fixed', intervalMs: 2000 } });
  });

  afterAll(() => fixture.stop());

  const contact = async (attributes: object, name = 'Ana'): Promise<{ id: string; phone: string }> => {
    const phone = `+5255${String(60_000_000 + (numbers += 1))}`;
    const { status, body, text } = await fixture.call('POST', '/api/contacts', { phone, name, attributes });
    if (status !== 201) throw new Error(text);
    return { id: body.id, phone };
  };
  const campaigns = async (): Promise<number> => {
    const [row] = await fixture.sql.query<{ n: number }>('SELECT count(*)::int AS n FROM campaigns');
    return row!.n;
  };

  it('go to each of its contacts as a document of its own, and the others are skipped with the reason', async () => {
    const ticket = (name: string) => `https://boletos.example.com/e1/${name}`;
    const ana = await contact({ event_id: 'E1', ticket_url: ticket('ana-7.pdf') });
    const beto = await contact({ event_id: 'E1', ticket_url: `${ticket('get')}?id=8&sig=a.pdf` }, 'Beto');
    const none = await contact({ event_id: 'E1' });
    const bad = await contact({ event_id: 'E1', ticket_url: 'boleto.pdf' });
    const gone = await contact({ event_id: 'E1', ticket_url: ticket('gone.pdf') });
    await contact({ event_id: 'E2', ticket_url: ticket('otro.pdf') });
    await fixture.call('POST', `/api/contacts/${gone.id}/opt-out`);

    const { status, body } = await fixture.call('POST', TICKETS, {
      event_id: 'E1',
      message: 'Hola {{nombre}}',
      venue: 'is ignored',
    });
    expect([status, body]).toEqual([
      202,
      {
        success: true,
        campaign_id: expect.any(String),
        total_messages: 5,
        skipped: { no_ticket_url: 1, bad_ticket_url: 1, suppressed: 1 },
        estimatedTime: 4000,
      },
    ]);
    const id = body.campaign_id as string;
    await fixture.prepare(id);
    const rows = await fixture.messagesOf(id);
    const of = (phone: string) => rows.find((row) => row.recipient === phone);
    expect(rows).toHaveLength(5);
    expect(of(ana.phone)).toMatchObject({
      state: 'pending',
      channel_id: channelId,
      contact_id: ana.id,
      variables: { name: 'Ana', ticketurl: ticket('ana-7.pdf'), ticketfile: 'ana-7.pdf' },
    });
    // Without a file in its path the name is that of the content: ticket.pdf.
    expect(of(beto.phone)?.variables).toEqual({ name: 'Beto', ticketurl: `${ticket('get')}?id=8&sig=a.pdf` });
    expect(of(none.phone)).toMatchObject({ state: 'skipped', last_code: 'no_ticket_url' });
    expect(of(bad.phone)).toMatchObject({ state: 'skipped', last_code: 'bad_ticket_url' });
    expect(of(gone.phone)).toMatchObject({ state: 'skipped', last_code: 'suppressed' });
    expect(await fixture.progressOf(id)).toMatchObject({ total: 5, pending: 2, skipped: 3 });

    const [dispatch] = await fixture.sql.query(
      `SELECT d.kind, d.content, d.category, d.policy->'maxTries' AS tries FROM dispatches d
       JOIN campaigns c ON c.dispatch_id = d.id WHERE c.id = $1`,
      [id],
    );
    expect(dispatch).toEqual({
      kind: 'bulk',
      category: 'utility',
      tries: 4,
      content: {
        type: 'document',
        url: '{{ticket_url}}',
        fileName: '{{ticket_file|ticket.pdf}}',
        caption: 'Hola {{nombre}}',
      },
    });
  });

  it.each([
    ['https://a.example.com/x/boleto%201.pdf', undefined],
    ['https://a.example.com', undefined],
    ['https://a.example.com/descarga.php?f=1.pdf', undefined],
    ['HTTPS://a.example.com/Boleto.PDF#page=2', 'Boleto.PDF'],
    ['https://a.example.com/entrada.png', 'entrada.png'],
  ])('are named by the file that %s names: %s', async (url, fileName) => {
    const eventId = `named ${(numbers += 1)}`;
    await contact({ event_id: eventId, ticket_url: url });
    const { body } = await fixture.call('POST', `/api${TICKETS}`, { event_id: eventId });
    await fixture.prepare(body.campaign_id);
    const [row] = await fixture.messagesOf(body.campaign_id);
    expect(row).toMatchObject({ state: 'pending' });
    expect(row!.variables['ticketfile']).toBe(fileName);
  });

  it.each([
    'ftp://a.example.com/1.pdf',
    'https://',
    'https://a b.example.com/1.pdf',
    'javascript:alert(1)',
    `https://a.example.com/${'x'.repeat(2000)}`,
  ])('are not sent from %s', async (url) => {
    const eventId = `bad ${(numbers += 1)}`;
    await contact({ event_id: eventId, ticket_url: url });
    const before = await campaigns();
    const { status, body } = await fixture.call('POST', TICKETS, { event_id: eventId });
    expect([status, body.code]).toEqual([422, 'empty_audience']);
    expect(body.detail).toContain(`of 1 contacts of the event "${eventId}"`);
    expect(await campaigns()).toBe(before);
  });

  it('are found by a number as by its text', async () => {
    await contact({ event_id: 1042, ticket_url: 'https://a.example.com/1.pdf' });
    const { status, body } = await fixture.call('POST', TICKETS, { event_id: 1042 });
    expect([status, body.total_messages]).toEqual([202, 1]);
  });

  it('of an event that nobody comes to are a 404 that says what was looked for', async () => {
    await contact({ 'Event ID': 'E9' });
    const { status, body } = await fixture.call('POST', TICKETS, { event_id: 'E9' });
    expect([status, body.code]).toEqual([404, 'event_not_found']);
    expect(body.detail).toBe(
      'No contact of this workspace has the attribute event_id "E9". Contacts have "Event ID": the attribute must be ' +
        'written "event_id".',
    );
  });

  it('are not sent with a caption whose variables are missing, and leave no campaign behind', async () => {
    await contact({ event_id: 'E3', ticket_url: 'https://a.example.com/1.pdf' });
    const before = await campaigns();
    const { status, body } = await fixture.call('POST', TICKETS, {
      event_id: 'E3',
      message: 'Asiento {{asiento}}',
    });
    expect([status, body.code, body.missing]).toEqual([
      422,
      'missing_variables',
      [{ name: 'asiento', rows: 1 }],
    ]);
    expect(await campaigns()).toBe(before);
  });

  it('of another workspace are not seen', async () => {
    const { workspaceId, key } = await fixture.otherWorkspace();
    await fixture.sql.query(
      `INSERT INTO contacts (workspace_id, recipient, attributes)
       VALUES ($1, '+525599999999', '{"event_id": "E4", "ticket_url": "https://a.example.com/1.pdf"}')`,
      [workspaceId],
    );
    const { body } = await fixture.call('POST', TICKETS, { event_id: 'E4' });
    expect(body.code).toBe('event_not_found');
    const theirs = await fixture.call(
      'POST',
      TICKETS,
      { event_id: 'E1' },
      { authorization: `Bearer ${key}` },
    );
    expect(theirs.body.code).toBe('channel_needed');
  });

  it('are sent once however often the request is repeated under one Idempotency-Key', async () => {
    await contact({ event_id: 'E5', ticket_url: 'https://a.example.com/1.pdf' });
    const headers = { 'idempotency-key': 'tickets-of-E5' };
    const first = await fixture.call('POST', TICKETS, { event_id: 'E5' }, headers);
    const again = await fixture.call('POST', TICKETS, { event_id: 'E5' }, headers);
    expect(again.body).toEqual(first.body);
  });
});
