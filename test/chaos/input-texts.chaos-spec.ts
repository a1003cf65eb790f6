import { describe, expect, it } from 'vitest';
import { closeBooks } from './books.js';
import { Dice, isFull, isSoak, seeds } from './dice.js';
import { HOSTILE_TEXTS, hostileTexts } from './hostile-texts.js';
import { InputStage, type Problem } from './input-stage.js';
import { operationsOf, requestsWith, type ApiDocument } from './spoilt-requests.js';

const DRAWN = isSoak ? 2000 : 100;
const FIRST_NUMBER = 5_570_000_000;
const FAR_TOO_LONG = 100_000;

describe.runIf(isFull)('texts that want to be more than text', () => {
  const stage = InputStage.set(() => ({ CAUDAL_LOG_LEVEL: 'debug' }));

  const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`;

  it.each(seeds)(
    'I-11 what variables lack or cannot be is said by preflight and start; their values are never read as templates [seed %i]',
    async (seed) => {
      const dice = new Dice('I-11', seed);
      const { stack } = stage;
      const channelIds = JSON.stringify([await stack.createChannel({ statusDelayMs: 20 })]);
      const fields = { name: 'variables', message: 'Hola {{nombre}}: {{cita}} {{saldo|0}}', channelIds };
      const values = ['{{nombre}} {{cita}} {{{{x}}}}', '\u202eahcef\u202c \u200f', '${7*7} }} {{', 'mañana'];
      const rows = values.map((value, index) => `${FIRST_NUMBER + index},Ana,${quoted(value)}`);

      const lacking = await stage.createCampaign(
        { content: ['telefono,nombre,cita', ...rows, `${FIRST_NUMBER + 90},Eva,`].join('\n') },
        fields,
      );
      expect(lacking.status).toBe(201);
      const check = await stack.api.get<{ missingVariables: { name: string; rows: number }[] }>(
        `/api/campaigns/${lacking.body.id}/preflight`,
      );
      expect([check.status, check.body.missingVariables]).toEqual([200, [{ name: 'cita', rows: 1 }]]);
      const refused = await stack.api.post<Problem>(`/api/campaigns/${lacking.body.id}/start`);
      expect([refused.status, refused.body.code]).toEqual([422, 'missing_variables']);

      const bad: readonly object[] = [
        { message: 'x'.repeat(FAR_TOO_LONG) },
        { message: 'mitad de un carácter \ud800' },
        { message: 'un NUL \0' },
        { message: Array.from({ length: 41 }, (_, index) => `{{v${index}}}`).join(' ') },
        { content: { type: 'text', text: '{{'.repeat(FAR_TOO_LONG) } },
      ];
      for (const said of bad) {
        const { status, body } = await stack.api.post<Problem>('/api/campaigns', {
          name: 'mal dicho',
          audience: { all: true },
          ...said,
        });
        expect([status, body.code], JSON.stringify(said).slice(0, 60)).toEqual([400, 'validation_failed']);
      }

      const good = await stage.createCampaign(
        { content: ['telefono,nombre,cita', ...rows].join('\n') },
        fields,
      );
      await stack.start(good.body.id);
      const books = await closeBooks(dice, stack, good.body.id, {
        'refused before launch': bad.length + 1,
        ...(await stage.expectNothingLeft()),
      });
      expect(books.ledger.accepted).toBe(values.length);
      const sent = await stack.ledger.sql.query<{ variables: { cita: string } }>(
        'SELECT variables FROM messages WHERE dispatch_id = $1 ORDER BY seq',
        [await stack.dispatchOf(good.body.id)],
      );
      expect(sent.map(({ variables }) => variables.cita)).toEqual(values);
    },
  );

  it.each(seeds)(
    'I-12 hostile texts in every field are kept as they are, and an event is a line of the log [seed %i]',
    async (seed) => {
      const dice = new Dice('I-12', seed);
      const { stack } = stage;
      const texts = hostileTexts(seed, DRAWN);
      const first = stage.newNumbers(texts.length);
      // A bare CR or LF inside quotes is part of the value; the file's own line ends are LF.
      const lines = texts.map((text, index) => `${first + index},${quoted(text)},${quoted(text)}`);
      const { rows } = await stage.imported({ content: ['telefono,nombre,nota', ...lines].join('\n') });
      expect(rows.created).toBe(texts.length);
      for (const [index, text] of texts.entries()) {
        const { name, attributes } = await stage.contact(first + index);
        // What an export puts before a formula is taken off again by an import.
        const read = text.replace(/^'(?=\s*[=+\-@])/, '');
        expect([name, attributes['nota']], JSON.stringify(text)).toEqual([read, read]);
      }
      const channelId = await stack.createChannel();
      for (const text of HOSTILE_TEXTS) {
        const made = await stack.api.post<{ id: string }>('/api/campaigns', {
          name: text,
          message: text,
          audience: { tags: [text] },
          channelIds: [channelId],
        });
        expect(made.status, text).toBe(201);
        const { body } = await stack.api.get<{ name: string; content: { text: string }; audience: object }>(
          `/api/campaigns/${made.body.id}`,
        );
        expect(body).toMatchObject({ name: text, content: { text }, audience: { tags: [text] } });
      }
      const events = logLines();
      expect(events.filter((line) => !isEvent(line))).toEqual([]);
      expect(events.filter((line) => line.includes('"message":"forged"'))).toEqual([]);
      dice.tell({
        texts: texts.length,
        campaigns: HOSTILE_TEXTS.length,
        'lines of the logs': events.length,
        ...(await stage.expectNothingLeft()),
      });
    },
  );

  it.each(seeds)(
    'I-12 every field of every request takes or refuses what is no text at all, and nothing breaks [seed %i]',
    async (seed) => {
      const dice = new Dice('I-12 fields', seed);
      const { api } = stage.stack;
      const { body: document } = await api.get<ApiDocument>('/docs-json');
      const spoilt = ['\0', 'a\ud800b', ...HOSTILE_TEXTS];
      const broken: string[] = [];
      let asked = 0;
      for (const operation of operationsOf(document)) {
        for (const request of requestsWith(operation, () => dice.pick(spoilt), ['\0', '\ud800'])) {
          const { status } = await api.request(request.method, request.path, request.body);
          asked += 1;
          if (status >= 500 && status !== 502 && status !== 503) {
            broken.push(`${status} ${request.method} ${request.path} ${JSON.stringify(request.body)}`);
          }
        }
      }
      expect(broken).toEqual([]);
      expect(logLines().filter((line) => !isEvent(line))).toEqual([]);
      dice.tell({ requests: asked, 'answered 500': broken.length, ...(await stage.expectNothingLeft()) });
    },
  );

  function logLines(): string[] {
    const outputs = stage.stack.processes.map((process) => process.output());
    // What is being written may be half of a line.
    return outputs.flatMap((output) => output.split('\n').slice(0, -1));
  }
});

function isEvent(line: string): boolean {
  try {
    const { time, level, message } = JSON.parse(line) as Record<string, unknown>;
    return [time, level, message].every((member) => typeof member === 'string');
  } catch {
    return false;
  }
}
