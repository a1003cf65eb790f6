import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LineLogger } from '../../src/common/line-logger.js';
import { DeploymentCheck } from '../../src/database/deployment.js';
import type { Witness } from '../../src/database/deployment-witness.js';
import { Sql } from '../../src/database/sql.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';

describe('the deployment check', () => {
  let database: TestDatabase;
  let sql: Sql;
  const lines: string[] = [];
  /** Redis and the data directory in one: null cannot be asked. */
  let remembered: string | null | undefined;
  const witness: Witness = {
    knows: (mark) => Promise.resolve(remembered === null ? null : remembered === mark),
    remember: (mark) => {
      remembered = mark;
      return Promise.resolve();
    },
  };

  beforeEach(async () => {
    lines.length = 0;
    remembered = undefined;
    Logger.overrideLogger(
      new LineLogger({ level: 'info', format: 'json', write: (line) => void lines.push(line) }),
    );
    database = await createTestDatabase();
    sql = new Sql({
      url: database.url,
      size: 4,
      name: 'deployment-test',
      statementTimeoutMs: 5000,
      onError: () => undefined,
    });
  });

  afterEach(async () => {
    Logger.overrideLogger(false);
    await sql.end();
    await database.drop();
  });

  const checked = async () => {
    const deployment = new DeploymentCheck(sql, witness);
    await deployment.compare();
    return deployment;
  };

  it('writes down at the first boot which database this is, and finds it again', async () => {
    expect((await checked()).isHeld()).toBe(false);
    expect((await checked()).isHeld()).toBe(false);
    const [row] = await sql.query(
      `SELECT system_identifier = (SELECT system_identifier::text FROM pg_control_system()) AS same, timeline FROM deployment`,
    );
    expect(row).toEqual({ same: true, timeline: 1 });
  });

  it.each([
    ['another cluster', `UPDATE deployment SET system_identifier = '1'`],
    ['another timeline of the same cluster', 'UPDATE deployment SET timeline = timeline + 1'],
  ])('holds everything on %s, loudly, and stays held over restarts', async (_what, change) => {
    await checked();
    await sql.query(change);
    const held = await checked();
    expect(held.isHeld()).toBe(true);
    expect(held.reason()).toMatch(/^held: database restored/);
    expect(lines.join('')).toContain('THIS IS NOT THE DATABASE OF THE LAST RUN');
    expect((await checked()).reason()).toBe(held.reason());
    expect((await checked()).heldAt()).toEqual(held.heldAt());
  });

  it('notices a change while it runs, and says so once', async () => {
    const deployment = await checked();
    await sql.query('UPDATE deployment SET timeline = timeline + 1');
    await deployment.compare();
    await deployment.compare();
    expect(deployment.isHeld()).toBe(true);
    expect(lines).toHaveLength(1);
  });

  it('goes on when a person confirms, in every process', async () => {
    const other = await checked();
    await sql.query(`UPDATE deployment SET system_identifier = '1'`);
    await other.compare();
    const deployment = await checked();
    expect(await deployment.confirm('ops key', 'restored from Sunday')).toBe(true);
    expect(deployment.isHeld()).toBe(false);
    expect(deployment.heldAt()).toBeNull();
    await other.compare();
    expect(other.isHeld()).toBe(false);
    expect(other.reason()).toBeNull();
    expect((await checked()).isHeld()).toBe(false);
  });

  it('writes to the log who confirmed what, and why', async () => {
    await checked();
    await sql.query(`UPDATE deployment SET system_identifier = '1'`);
    const deployment = await checked();
    await deployment.confirm('ops key', 'restored from Sunday');
    const said = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(said).toContainEqual(
      expect.objectContaining({
        level: 'warn',
        message: expect.stringContaining('CONFIRMED'),
        by: 'ops key',
        reason: 'restored from Sunday',
        before: '1/1',
        now: expect.stringMatching(/^\d{6,}\/1$/),
        heldSince: expect.any(String),
      }),
    );
  });

  it('has nothing to confirm while all is well, nor a second time', async () => {
    const deployment = await checked();
    expect(await deployment.confirm('ops key', 'to be sure')).toBe(false);
    await sql.query(`UPDATE deployment SET system_identifier = '1'`);
    const [first, second] = [await checked(), await checked()];
    expect(await first.confirm('ops key', 'looked at it')).toBe(true);
    expect(await second.confirm('other key', 'looked at it too')).toBe(false);
    expect(lines.filter((line) => line.includes('CONFIRMED'))).toHaveLength(1);
  });

  it('holds nothing where the server does not let it ask, and says that it cannot tell', async () => {
    const closed = {
      query: () => Promise.reject(Object.assign(new Error('permission denied'), { code: '42501' })),
    } as unknown as Sql;
    const deployment = new DeploymentCheck(closed, witness);
    await deployment.compare();
    expect(deployment.isHeld()).toBe(false);
    expect(lines.join('')).toContain('will not be noticed');
  });

  describe('after the server was started anew', () => {
    const startAnew = () =>
      sql.query(`UPDATE deployment SET server_started = server_started - interval '1 hour'`);

    it('goes on where the mark is known besides the database', async () => {
      await checked();
      await startAnew();
      expect((await checked()).forbidsSending()).toBe(false);
      expect((await checked()).isHeld()).toBe(false);
    });

    it('holds everything where nobody knows the mark: these are the files of another', async () => {
      await checked();
      await startAnew();
      remembered = undefined;
      const copy = await checked();
      expect(copy.isHeld()).toBe(true);
      expect(lines.join('')).toContain('THIS IS NOT THE DATABASE OF THE LAST RUN');
      expect(await copy.confirm('ops key', 'a copy for rehearsals')).toBe(true);
      expect(copy.forbidsSending()).toBe(false);
    });

    it('has another mark once it was confirmed, so that the copy and the original are told apart', async () => {
      await checked();
      const original = remembered;
      await startAnew();
      remembered = undefined;
      await (await checked()).confirm('ops key', 'a copy for rehearsals');
      expect(remembered).not.toBe(original);
      expect(remembered).toBeTypeOf('string');
    });

    it('sends nothing and holds nothing while nobody can be asked', async () => {
      await checked();
      const mark = remembered;
      await startAnew();
      remembered = null;
      const deployment = await checked();
      expect([deployment.isHeld(), deployment.isDoubtful(), deployment.forbidsSending()]).toEqual([
        false,
        true,
        true,
      ]);
      remembered = mark;
      await deployment.compare();
      expect(deployment.forbidsSending()).toBe(false);
    });

    it('believes a database of before there were marks, and tells it a mark', async () => {
      await checked();
      await sql.query('UPDATE deployment SET mark = NULL, server_started = NULL');
      remembered = undefined;
      expect((await checked()).forbidsSending()).toBe(false);
      expect(remembered).toBeTypeOf('string');
    });
  });

  it('a wiped Redis is told the mark again at the next comparison', async () => {
    const deployment = await checked();
    const mark = remembered;
    remembered = undefined;
    await deployment.compare();
    expect(remembered).toBe(mark);
  });
});
