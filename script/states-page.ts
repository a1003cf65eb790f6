import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  CAMPAIGN_EVENTS,
  CAMPAIGN_STATUSES,
  isFinal,
  judgeOrder,
  maySend,
  preparedAs,
  statusAfter,
  statusesBefore,
  type CampaignOrder,
  type CampaignStatus,
  type Judgement,
} from '../src/campaigns/campaign-state.js';
import { MESSAGE_EVENTS, MESSAGE_STATES, nextState, statesBefore } from '../src/ledger/message-state.js';

/** One event of a table: where it leads from, and where to. */
interface Transition {
  readonly event: string;
  readonly from: readonly string[];
  readonly to: string;
}

const ORDERS: readonly CampaignOrder[] = ['pause', 'resume', 'stop'];
const ANSWERS: Record<Judgement, string> = { obey: 'obeyed', 'already-so': 'already so', meaningless: '409' };

/** docs/states.md: what the pure tables say, drawn. */
export function statesPage(): string {
  const ofCampaigns = CAMPAIGN_EVENTS.map((event) => ({
    event,
    from: statusesBefore(event),
    to: statusAfter(event),
  }));
  const ofMessages = MESSAGE_EVENTS.map((event) => {
    const from = statesBefore(event);
    return { event, from, to: nextState(from[0]!, event)! };
  });
  return [
    '# States',
    '',
    'Drawn by `script/states` from the tables of the code, and held to them by `script/states-page.spec.ts`. A change ' +
      'belongs there and not here.',
    '',
    '## A campaign',
    '',
    'The table is `src/campaigns/campaign-state.ts`. A change of status is a compare-and-set on what stands under “from”, ' +
      'under the lock of the campaign’s row; from any other status the event changes nothing. What each stage means is in ' +
      '[the way of one message](way-of-a-message.md#the-states-of-a-campaign).',
    '',
    ...diagram(ofCampaigns, 'draft'),
    '',
    ...table(ofCampaigns, 'src/campaigns/campaign-state.ts'),
    '',
    'What a person may order of it, and what is true of it meanwhile:',
    '',
    `| status | ${ORDERS.map((order) => `\`queue-${order}\``).join(' | ')} | gate | who has no row yet | |`,
    `|---|${ORDERS.map(() => '---|').join('')}---|---|---|`,
    ...CAMPAIGN_STATUSES.map(standing),
    '',
    '## A message',
    '',
    'The table is `src/ledger/message-state.ts`; statements take their guards from it. There is no way from `unknown` to ' +
      '`pending`: what may have been sent is never sent again by itself.',
    '',
    ...diagram(ofMessages, 'pending'),
    '',
    ...table(ofMessages, 'src/ledger/message-state.ts'),
    '',
    `Nothing leads out of ${ended(ofMessages, MESSAGE_STATES)}.`,
    '',
  ].join('\n');
}

/** An arrow for each pair of states, with all events that lead along it. */
function diagram(transitions: readonly Transition[], first: string): string[] {
  const arrows = new Map<string, string[]>();
  for (const { event, from, to } of transitions) {
    for (const state of from) {
      const arrow = `${state} --> ${to}`;
      arrows.set(arrow, [...(arrows.get(arrow) ?? []), event]);
    }
  }
  return [
    '```mermaid',
    'stateDiagram-v2',
    `    [*] --> ${first}`,
    ...[...arrows].map(([arrow, events]) => `    ${arrow}: ${events.join(', ')}`),
    '```',
  ];
}

function table(transitions: readonly Transition[], file: string): string[] {
  const source = readFileSync(join(import.meta.dirname, '..', file), 'utf8');
  return [
    '| event | from | to | |',
    '|---|---|---|---|',
    ...transitions.map(({ event, from, to }) => {
      const states = from.map((state) => `\`${state}\``).join(' ');
      return `| \`${event}\` | ${states} | \`${to}\` | ${wordsOf(event, source)} |`;
    }),
  ];
}

/** What the comment before the event says of it, where there is one. */
function wordsOf(event: string, source: string): string {
  const [, words = ''] = new RegExp(`/\\*\\*((?:[^*]|\\*(?!/))*)\\*/\\s*${event}: \\{ ?`).exec(source) ?? [];
  return words
    .replaceAll(/\s*\n\s*\*?\s*/g, ' ')
    .replaceAll('|', '\\|')
    .trim();
}

function standing(status: CampaignStatus): string {
  const answers = ORDERS.map((order) => ANSWERS[judgeOrder(status, order)]);
  const rows = { pending: 'is prepared', cancelled: 'is written down as cancelled' };
  const prepared = preparedAs(status);
  const gate = maySend(status) ? 'open, once there are rows' : 'shut';
  return `| \`${status}\` | ${answers.join(' | ')} | ${gate} | ${prepared === null ? '' : rows[prepared]} | ${isFinal(status) ? 'ended' : ''} |`;
}

function ended(transitions: readonly Transition[], states: readonly string[]): string {
  const last = states.filter((state) => !transitions.some(({ from }) => from.includes(state)));
  return last.map((state) => `\`${state}\``).join(', ');
}
