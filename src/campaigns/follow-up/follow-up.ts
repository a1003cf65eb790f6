import type { ContentVariable } from '../../channels/render-content.js';
import type { MessageState } from '../../ledger/message-state.js';
import type { FileColumn } from '../audience/audience.js';

/** The provider has taken the message, and nothing says that it was read. */
export const FOLLOWED_STATES = ['accepted', 'sent', 'delivered'] as const satisfies readonly MessageState[];
export type FollowedState = (typeof FOLLOWED_STATES)[number];

const LONGEST_NAME = 200;
const SUFFIX = ' (follow-up)';

export function followUpName(original: string): string {
  return `${original.slice(0, LONGEST_NAME - SUFFIX.length)}${SUFFIX}`;
}

/** What the first message said of each of them is at hand for the next one, as the columns of an upload would be. */
export function columnsOf(
  known: readonly FileColumn[],
  variables: readonly ContentVariable[],
): readonly FileColumn[] {
  const more = variables.filter(({ key }) => !known.some((column) => column.key === key) && !isField(key));
  return [
    ...known.filter(({ field }) => field === 'variable'),
    ...more.map(({ key, name }) => ({ key, name, field: 'variable' as const })),
  ];
}

/** These are the contact's own. */
function isField(key: string): boolean {
  return key === 'name' || key === 'phone';
}
