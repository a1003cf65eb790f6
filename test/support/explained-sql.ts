import pg from 'pg';
import { describe, expect, it } from 'vitest';
import type { Queryable, Sql, Statement } from '../../src/database/sql.js';
import { millionDatabase, type Knowledge } from './million-database.js';
import { QueryPlan } from './query-plan.js';

/** How Postgres comes to a plan: for these values, once for all values, or for these values in ignorance of the rows. */
const PLANNINGS = ['custom plan', 'generic plan', 'plan without statistics'] as const;
type Planning = (typeof PLANNINGS)[number];

/** The first test of a run waits until the database is filled. */
const BUILD_TIMEOUT_MS = 240_000;

const SETTING: Record<Planning, string> = {
  'custom plan': 'force_custom_plan',
  'generic plan': 'force_generic_plan',
  'plan without statistics': 'force_custom_plan',
};
const KNOWLEDGE: Record<Planning, Knowledge> = {
  'custom plan': 'analysed',
  'generic plan': 'analysed',
  'plan without statistics': 'never analysed',
};

/**
 * Runs `work` in a transaction that is rolled back, and returns how Postgres ran each of its statements, in order.
 * They come from the repositories themselves, with their own text, names and values; auto_explain tells what became
 * of them, so nothing stands between what is tested and what is used. `before` is not part of the answer.
 */
async function explained(
  planning: Planning,
  work: (sql: Sql) => Promise<unknown>,
  before?: (sql: Sql) => Promise<unknown>,
): Promise<QueryPlan[]> {
  const client = new pg.Client({ connectionString: await millionDatabase(KNOWLEDGE[planning]) });
  const plans: QueryPlan[] = [];
  client.on('notice', ({ message = '' }) => {
    const found = /^duration: ([\d.]+) ms {2}plan:\n(\{.*\})$/s.exec(message);
    if (found !== null) plans.push(new QueryPlan(JSON.parse(found[2]!), Number(found[1])));
  });
  await client.connect();
  try {
    await client.query(`
      LOAD 'auto_explain';
      SET auto_explain.log_analyze = on; SET auto_explain.log_buffers = on; SET auto_explain.log_format = json;
      SET auto_explain.log_verbose = on; SET auto_explain.log_level = notice; SET auto_explain.log_parameter_max_length = 0;
      SET plan_cache_mode = ${SETTING[planning]};
      BEGIN`);
    const sql = new RolledBackSql(client) as unknown as Sql;
    await before?.(sql);
    await client.query('SET auto_explain.log_min_duration = 0');
    await work(sql);
    return plans;
  } finally {
    await client.query('ROLLBACK').catch(() => undefined);
    await client.end();
  }
}

export interface MeantPlan {
  /** Every index that is read, and no other. */
  readonly indexes: readonly string[];
  /** Other sets that would do as well: which of them is cheaper depends on the values. */
  readonly orIndexes?: readonly (readonly string[])[];
  /** Tables that may be read from end to end: small ones, or ones that are wanted whole. */
  readonly wholeTables?: readonly string[];
  readonly mostBuffers: number;
  /** Where a wrong plan would read no more pages, but the rows on them over and over. */
  readonly mostRows?: number;
  /** In ignorance of the rows another plan may do, so long as it ends; this many pages, where it is more. */
  readonly mostBuffersUnanalysed?: number;
  /** The rows wanted are more than work_mem holds, whatever the plan. */
  readonly maySpill?: true;
  /** Workers share it. */
  readonly isParallel?: true;
}

export interface MeantStatement {
  /** A sentence. */
  readonly title: string;
  readonly work: (sql: Sql) => Promise<unknown>;
  readonly before?: (sql: Sql) => Promise<unknown>;
  /** One for each statement of `work`, in order. */
  readonly meant: readonly MeantPlan[];
  /** All of them, unless said. */
  readonly plannings?: readonly Planning[];
}

/** Of a statement without a name, whose plan is made anew for the values of each call. */
export const ALWAYS_CUSTOM: readonly Planning[] = ['custom plan', 'plan without statistics'];

/** A test for each statement and each way to plan it. */
export function describePlans(subject: string, statements: readonly MeantStatement[]): void {
  describe.each(PLANNINGS)(`${subject}, by a %s`, (planning) => {
    const here = statements.filter(({ plannings = PLANNINGS }) => plannings.includes(planning));
    it.each(here)('$title', { timeout: BUILD_TIMEOUT_MS }, async ({ work, before, meant }) => {
      const plans = await explained(planning, work, before);
      expect(plans, plans.join('\n')).toHaveLength(meant.length);
      for (const [index, plan] of plans.entries()) expectPlan(plan, meant[index]!, planning);
    });
  });
}

function expectPlan(plan: QueryPlan, meant: MeantPlan, planning: Planning): void {
  const shown = String(plan);
  expect(plan.hashesSubplan, shown).toBe(false);
  expect(plan.rowsRead, shown).toBeLessThanOrEqual(meant.mostRows ?? Infinity);
  if (planning === 'plan without statistics') {
    expect(plan.buffers, shown).toBeLessThanOrEqual(meant.mostBuffersUnanalysed ?? meant.mostBuffers);
    return;
  }
  const choices = [meant.indexes, ...(meant.orIndexes ?? [])].map((names) => names.toSorted());
  expect(choices, shown).toContainEqual(plan.indexes);
  const { wholeTables = [] } = meant;
  expect(
    plan.wholeTables.filter((name) => !wholeTables.includes(name)),
    shown,
  ).toEqual([]);
  expect(plan.spills && meant.maySpill !== true, shown).toBe(false);
  if (meant.isParallel === true) expect(plan.isParallel, shown).toBe(true);
  expect(plan.buffers, shown).toBeLessThanOrEqual(meant.mostBuffers);
}

/** The one connection of a transaction that will be rolled back, in the form that repositories know. */
class RolledBackSql implements Queryable {
  constructor(private readonly client: pg.Client) {}

  async query<Row>(statement: Statement | string, values: readonly unknown[] = []): Promise<Row[]> {
    const config = typeof statement === 'string' ? { text: statement } : statement;
    return (await this.client.query({ ...config, values: [...values] })).rows as Row[];
  }

  async transaction<T>(work: (tx: Queryable) => Promise<T>): Promise<T> {
    return work(this);
  }

  /** Whoever borrows it says BEGIN and COMMIT himself: within the transaction that is open these say nothing. */
  async withClient<T>(work: (client: pg.Client) => Promise<T>): Promise<T> {
    const { client } = this;
    return work(
      new Proxy(client, {
        get(target, key) {
          if (key !== 'query') return Reflect.get(target, key, target) as unknown;
          return (query: unknown, ...rest: unknown[]) =>
            query === 'BEGIN' || query === 'COMMIT'
              ? Promise.resolve({ rows: [] })
              : (target.query as (...args: unknown[]) => unknown).call(target, query, ...rest);
        },
      }),
    );
  }
}
