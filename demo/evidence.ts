import type { MessageState } from '../src/ledger/message-state.js';
import type { ControlClient } from '../src/simulator/control-client.js';
import type { ApiClient } from './api-client.js';

/** What the campaign says of one recipient. */
export interface RecipientRow {
  readonly recipient: string;
  readonly state: MessageState;
}

const ROWS_A_PAGE = 500;
const RECEIPTS_A_PAGE = 20_000;

interface MessagePage {
  readonly items: readonly RecipientRow[];
  readonly nextCursor: string | null;
}

/** Every recipient of the campaign, read through the API. */
export async function recipientRows(api: ApiClient, campaignId: string): Promise<RecipientRow[]> {
  const rows: RecipientRow[] = [];
  let cursor: string | null = null;
  do {
    const after: string = cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`;
    const path = `/api/campaigns/${campaignId}/messages?limit=${ROWS_A_PAGE}${after}`;
    const page: MessagePage = await api.get<MessagePage>(path);
    for (const { recipient, state } of page.items) rows.push({ recipient, state });
    cursor = page.nextCursor;
  } while (cursor !== null);
  return rows;
}

/** How many messages the simulator took for each number. */
export async function receipts(simulator: ControlClient): Promise<Map<string, number>> {
  const taken = new Map<string, number>();
  let after: number | undefined;
  do {
    const page = await simulator.ledgerPage({ after, limit: RECEIPTS_A_PAGE });
    for (const { to } of page.items) taken.set(to, (taken.get(to) ?? 0) + 1);
    after = page.next ?? undefined;
  } while (after !== undefined);
  return taken;
}
