import { describe, expect, it } from 'vitest';
import { HealthIndicators } from './health-indicators.js';

describe('HealthIndicators', () => {
  it('is ok when every component is', async () => {
    const indicators = new HealthIndicators();
    indicators.add('postgres', async () => ({ status: 'ok' }), { vital: true });
    expect(await indicators.report()).toMatchObject({
      status: 'ok',
      components: { postgres: { status: 'ok' } },
    });
  });

  it('is down when a vital component is, and degraded when another one is', async () => {
    const indicators = new HealthIndicators();
    indicators.add('redis', async () => ({ status: 'down', reason: 'gone' }));
    expect((await indicators.report()).status).toBe('degraded');
    indicators.add('postgres', async () => ({ status: 'down' }), { vital: true });
    expect((await indicators.report()).status).toBe('down');
  });

  it('calls a component down that throws, without repeating what it said', async () => {
    const indicators = new HealthIndicators();
    indicators.add('postgres', () =>
      Promise.reject(Object.assign(new Error('connect ECONNREFUSED 10.0.0.1'), { code: 'ECONNREFUSED' })),
    );
    const { components } = await indicators.report();
    expect(components['postgres']).toMatchObject({ status: 'down', reason: 'failed with ECONNREFUSED' });
  });

  it('does not wait for a component that hangs', async () => {
    const indicators = new HealthIndicators(5);
    indicators.add('redis', () => new Promise(() => undefined));
    const { components } = await indicators.report();
    expect(components['redis']).toMatchObject({ status: 'down', reason: 'no answer within 5 ms' });
  });

  it('asks once for all that look at the same time', async () => {
    let asked = 0;
    const indicators = new HealthIndicators();
    indicators.add('postgres', async () => {
      asked += 1;
      return { status: 'ok' };
    });
    await Promise.all([indicators.report(), indicators.report(), indicators.report()]);
    expect(asked).toBe(1);
    await indicators.report();
    expect(asked).toBe(2);
  });
});
