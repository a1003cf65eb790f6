import { Injectable } from '@nestjs/common';
import { SendSql } from '../database/pools.js';
import { BREAKER_OPENED, type Channel, type ChannelPacing } from './channel.js';
import type { ChannelBudget, ChannelPortfolio } from './channel-budget.js';
import type { ChannelLimits } from './channel-limits.js';
import type { WarmUp } from './warm-up.js';

/** A channel with what opens it. */
export interface SealedChannel extends Channel {
  readonly sealedSettings: Buffer;
}

interface Row {
  id: string;
  workspace_id: string;
  name: string;
  provider: string;
  account_ref: string | null;
  limits: ChannelLimits;
  pacing: ChannelPacing;
  weight: number;
  version: number;
  held_code: string | null;
  held_reason: string | null;
  held_since: Date | null;
  breaker_opened_by: string | null;
  breaker_opened_at: Date | null;
  sealed_settings: Buffer;
  daily_contacts: number | null;
  warm_up: WarmUp | null;
  portfolio: ChannelPortfolio | null;
}

/** Of a channel without a portfolio, the sub-select is not run. */
const COLUMNS = `
  id, workspace_id, name, provider, account_ref, limits, pacing, weight, version, held_code, held_reason, held_since,
  breaker_opened_by, breaker_opened_at, sealed_settings, daily_contacts, warm_up,
  CASE WHEN portfolio_id IS NOT NULL THEN (
    SELECT jsonb_build_object('id', p.id, 'name', p.name, 'dailyContacts', p.daily_contacts,
             'channelIds', (SELECT jsonb_agg(o.id ORDER BY o.id) FROM channels o WHERE o.portfolio_id = p.id))
    FROM portfolios p WHERE p.id = channels.portfolio_id
  ) END AS portfolio`;

const FIND = { name: 'channel-find', text: `SELECT ${COLUMNS} FROM channels WHERE id = $1` };
const ALL = { name: 'channel-all', text: `SELECT ${COLUMNS} FROM channels ORDER BY id` };
const OF_WORKSPACE = {
  name: 'channel-of-workspace',
  text: `SELECT ${COLUMNS} FROM channels WHERE workspace_id = $1 ORDER BY lower(name)`,
};
/** Asked once a second for all the open channels of a process: the key and one number of each. */
const VERSIONS = {
  name: 'channel-versions',
  text: 'SELECT id, version FROM channels WHERE id = ANY ($1::uuid[])',
};

/** Channels as the engine and the router read them: by id, over all workspaces. */
@Injectable()
export class ChannelRows {
  constructor(private readonly sql: SendSql) {}

  async find(id: string): Promise<SealedChannel | null> {
    const [row] = await this.sql.query<Row>(FIND, [id]);
    return row === undefined ? null : channelOf(row);
  }

  async all(): Promise<SealedChannel[]> {
    return (await this.sql.query<Row>(ALL)).map(channelOf);
  }

  async ofWorkspace(workspaceId: string): Promise<SealedChannel[]> {
    return (await this.sql.query<Row>(OF_WORKSPACE, [workspaceId])).map(channelOf);
  }

  async versions(ids: readonly string[]): Promise<ReadonlyMap<string, number>> {
    const rows = await this.sql.query<{ id: string; version: number }>(VERSIONS, [ids]);
    return new Map(rows.map(({ id, version }) => [id, version]));
  }
}

function channelOf(row: Row): SealedChannel {
  return {
    id: row.id,
    workspaceId: row.workspace_id,
    name: row.name,
    provider: row.provider,
    accountRef: row.account_ref,
    limits: row.limits,
    pacing: row.pacing,
    weight: row.weight,
    version: row.version,
    ...budgetOf(row),
    ...holdOf(row),
    sealedSettings: row.sealed_settings,
  };
}

function budgetOf(row: Row): { readonly budget?: ChannelBudget } {
  const { daily_contacts: dailyContacts, warm_up: warmUp, portfolio } = row;
  const isFree = dailyContacts === null && warmUp === null && portfolio?.dailyContacts == null;
  return isFree ? {} : { budget: { dailyContacts, warmUp, portfolio } };
}

/** Of two reasons to send nothing, the one that takes more work to mend is shown. */
function holdOf(row: Row): Pick<Channel, 'heldCode' | 'heldReason' | 'heldSince'> {
  if (row.held_code !== null || row.breaker_opened_at === null) {
    return { heldCode: row.held_code, heldReason: row.held_reason, heldSince: row.held_since };
  }
  return {
    heldCode: BREAKER_OPENED,
    heldReason: `${row.breaker_opened_by} opened its breaker by hand; it stays open until somebody closes it.`,
    heldSince: row.breaker_opened_at,
  };
}
