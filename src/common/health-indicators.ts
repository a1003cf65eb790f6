import { Injectable } from '@nestjs/common';

export interface ComponentHealth {
  readonly status: 'ok' | 'degraded' | 'down';
  readonly latencyMs?: number;
  /** What is wrong, for a person; absent when ok. */
  readonly reason?: string;
}

export interface HealthReport {
  readonly status: ComponentHealth['status'];
  readonly components: Readonly<Record<string, ComponentHealth>>;
}

export type HealthCheck = () => Promise<ComponentHealth>;

interface Indicator {
  readonly name: string;
  readonly check: HealthCheck;
  readonly isVital: boolean;
}

/** A check that takes longer than this is an answer by itself. */
const CHECK_LIMIT_MS = 1000;

/** Modules register how to tell whether their part works; the health route asks them all. */
@Injectable()
export class HealthIndicators {
  private readonly indicators: Indicator[] = [];
  private running: Promise<HealthReport> | undefined;

  constructor(private readonly limitMs: number = CHECK_LIMIT_MS) {}

  /** `vital`: without this component the process cannot serve at all (503), rather than serve in part. */
  add(name: string, check: HealthCheck, options: { vital?: boolean } = {}): void {
    this.indicators.push({ name, check, isVital: options.vital ?? false });
    // Modules start in no order that a reader could use.
    this.indicators.sort((a, b) => Number(b.isVital) - Number(a.isVital) || a.name.localeCompare(b.name));
  }

  /** Callers at the same time share one round of checks: the route is public. */
  report(): Promise<HealthReport> {
    this.running ??= this.run().finally(() => {
      this.running = undefined;
    });
    return this.running;
  }

  private async run(): Promise<HealthReport> {
    const results = await Promise.all(
      this.indicators.map(async (indicator) => ({
        ...indicator,
        health: await this.measure(indicator.check),
      })),
    );
    const isDown = results.some(({ isVital, health }) => isVital && health.status === 'down');
    const isWhole = results.every(({ health }) => health.status === 'ok');
    return {
      status: isDown ? 'down' : isWhole ? 'ok' : 'degraded',
      components: Object.fromEntries(results.map(({ name, health }) => [name, health])),
    };
  }

  private async measure(check: HealthCheck): Promise<ComponentHealth> {
    const startedMs = performance.now();
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<ComponentHealth>((resolve) => {
      timer = setTimeout(
        () => resolve({ status: 'down', reason: `no answer within ${this.limitMs} ms` }),
        this.limitMs,
      );
    });
    const asked = Promise.resolve()
      .then(check)
      .catch((error: unknown): ComponentHealth => ({ status: 'down', reason: reasonOf(error) }));
    const health = await Promise.race([asked, late]);
    clearTimeout(timer);
    return { latencyMs: Math.round((performance.now() - startedMs) * 10) / 10, ...health };
  }
}

/** Names neither host nor account: the route is public, the log has the rest. */
function reasonOf(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? `failed with ${code}` : 'failed';
}
