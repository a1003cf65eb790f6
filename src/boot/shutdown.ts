import type { LoggerService } from '@nestjs/common';

const EXIT_WITHIN_MS = 30_000;
const SIGNALS = ['SIGTERM', 'SIGINT'] as const;

type Stop = () => Promise<void>;

/**
 * The one place that hears signals and ends the process. What was started is stopped in the opposite order, so the
 * databases go last; what does not stop in time is left behind, with exit code 1.
 */
export class Shutdown {
  private readonly stops: { name: string; stop: Stop }[] = [];
  private ending: Promise<never> | undefined;

  constructor(
    private readonly logger: LoggerService,
    private readonly exit: (code: number) => never = (code) => process.exit(code),
    private readonly limitMs = EXIT_WITHIN_MS,
  ) {}

  get isEnding(): boolean {
    return this.ending !== undefined;
  }

  listen(): void {
    for (const signal of SIGNALS) {
      process.on(signal, () => {
        // A terminal and npm may each send one: the second says nothing new.
        if (this.isEnding) return;
        this.logger.log(`${signal}: stopping, at most ${this.limitMs / 1000} s`, 'Caudal');
        void this.end(0);
      });
    }
    process.on('uncaughtException', (error) => this.crash('an exception was not caught', error));
    process.on('unhandledRejection', (reason) => this.crash('a rejection was not handled', reason));
  }

  add(name: string, stop: Stop): void {
    this.stops.push({ name, stop });
  }

  /** Never returns: the process ends. */
  end(code: number): Promise<never> {
    this.ending ??= this.run(code);
    return this.ending;
  }

  private async run(code: number): Promise<never> {
    const limit = setTimeout(() => {
      this.logger.fatal?.(`still not stopped after ${this.limitMs / 1000} s: leaving what is left`, 'Caudal');
      this.exit(1);
    }, this.limitMs);
    let exitCode = code;
    for (const { name, stop } of this.stops.reverse()) {
      try {
        await stop();
      } catch (error) {
        this.logger.error(`${name} did not stop in order: ${messageOf(error)}`, stackOf(error), 'Caudal');
        exitCode = exitCode === 0 ? 1 : exitCode;
      }
    }
    clearTimeout(limit);
    return this.exit(exitCode);
  }

  private crash(what: string, error: unknown): void {
    this.logger.fatal?.(`${what}: ${messageOf(error)}`, stackOf(error), 'Caudal');
    void this.end(1);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function stackOf(error: unknown): string | undefined {
  return error instanceof Error ? error.stack : undefined;
}
