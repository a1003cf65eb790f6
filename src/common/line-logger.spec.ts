import { Logger } from '@nestjs/common';
import { afterEach, describe, expect, it } from 'vitest';
import { LineLogger, type LineLevel } from './line-logger.js';
import { withLogContext } from './log-context.js';

describe('LineLogger', () => {
  const lines: string[] = [];
  const logger = (level: LineLevel = 'info', format: 'json' | 'pretty' = 'json') =>
    new LineLogger({ level, format, write: (line) => void lines.push(line) });
  const records = () => lines.map((line) => JSON.parse(line) as Record<string, unknown>);

  afterEach(() => {
    lines.length = 0;
  });

  it('writes one JSON line an event, with level, context, message and parameters', () => {
    logger().log('import done', { rows: 10 }, 'Imports');
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/^\{.*\}\n$/);
    expect(records()[0]).toMatchObject({
      level: 'info',
      context: 'Imports',
      message: 'import done',
      rows: 10,
    });
  });

  it('adds the ids of the work that the line belongs to', async () => {
    await withLogContext({ requestId: 'r1' }, () =>
      withLogContext({ campaignId: 'c1' }, async () => {
        await Promise.resolve();
        logger().warn('held', 'Campaigns');
      }),
    );
    expect(records()[0]).toMatchObject({ requestId: 'r1', campaignId: 'c1' });
  });

  it('masks phone numbers in messages, parameters and stacks', () => {
    const error = new Error('duplicate +5215512345678');
    logger().error('refused +5215512345678', error.stack, 'Contacts');
    logger().log('one', { recipient: '+5215512345678' }, 'Contacts');
    expect(lines.join('')).not.toContain('5512345678');
    expect(records()[0]).toMatchObject({ message: 'refused +52…78' });
    expect(records()[0]?.['stack']).toContain('duplicate +52…78');
  });

  it('writes only its level and what is graver', () => {
    const warn = logger('warn');
    warn.debug('no', 'X');
    warn.log('no', 'X');
    warn.warn('yes', 'X');
    warn.error('yes', undefined, 'X');
    warn.fatal('yes', 'X');
    expect(records().map((record) => record['level'])).toEqual(['warn', 'error', 'fatal']);
  });

  it('keeps the wiring of the framework for debug', () => {
    logger('info').log('AuthModule dependencies initialized', 'InstanceLoader');
    expect(lines).toEqual([]);
    logger('debug').log('AuthModule dependencies initialized', 'InstanceLoader');
    expect(records()[0]).toMatchObject({ level: 'debug' });
  });

  it('writes a readable line for a terminal', () => {
    withLogContext({ campaignId: 'c1' }, () => logger('info', 'pretty').log('started', 'Campaigns'));
    const escape = String.fromCharCode(27);
    const plain = lines.join('').replaceAll(new RegExp(`${escape}\\[\\d+m`, 'g'), '');
    expect(plain).toMatch(/^\d\d:\d\d:\d\d info  Campaigns started campaignId=c1\n$/);
  });

  it('survives what JSON cannot say', () => {
    const circle: Record<string, unknown> = { big: 10n };
    circle['self'] = circle;
    logger().log('odd', circle, 'X');
    expect(lines).toHaveLength(1);
  });

  it('is what Nest loggers write through', () => {
    Logger.overrideLogger(logger());
    new Logger('Queue').log('hello', { size: 3 });
    Logger.overrideLogger(false);
    expect(records()[0]).toMatchObject({ context: 'Queue', message: 'hello', size: 3 });
  });
});
