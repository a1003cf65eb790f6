import { ConsoleLogger, type LogLevel } from '@nestjs/common';
import { currentLogContext } from './log-context.js';
import { maskPhones } from './mask-phones.js';

export type LineLevel = 'error' | 'warn' | 'info' | 'debug';

export interface LineLoggerOptions {
  readonly level: LineLevel;
  readonly format: 'json' | 'pretty';
  write(line: string): void;
}

/** Least first, in the words of the setting; Nest says `log` for info. */
const NEST_LEVELS: Record<LineLevel, LogLevel[]> = {
  error: ['error', 'fatal'],
  warn: ['warn', 'error', 'fatal'],
  info: ['log', 'warn', 'error', 'fatal'],
  debug: ['debug', 'verbose', 'log', 'warn', 'error', 'fatal'],
};

const WORD_OF_LEVEL: Record<LogLevel, string> = {
  verbose: 'debug',
  debug: 'debug',
  log: 'info',
  warn: 'warn',
  error: 'error',
  fatal: 'fatal',
};

/** Nest tells of every module and route that it wires: some hundred lines that matter only to who debugs that. */
const FRAMEWORK_CHATTER = new Set([
  'InstanceLoader',
  'RoutesResolver',
  'RouterExplorer',
  'NestFactory',
  'NestApplication',
]);

const COLOUR_OF_LEVEL: Record<string, number> = { debug: 90, info: 32, warn: 33, error: 31, fatal: 35 };

/**
 * One event, one line: JSON for machines, or readable in a terminal. Every line carries the ids of its work
 * (log-context.ts), and no line shows a phone number.
 */
export class LineLogger extends ConsoleLogger {
  constructor(private readonly settings: LineLoggerOptions) {
    super({ logLevels: NEST_LEVELS[settings.level], colors: false });
  }

  protected override printMessages(
    messages: unknown[],
    context = '',
    logLevel: LogLevel = 'log',
    _stream?: 'stdout' | 'stderr',
    stack?: unknown,
    params?: Record<string, unknown>,
  ): void {
    const isChatter = logLevel === 'log' && FRAMEWORK_CHATTER.has(context);
    if (isChatter && this.settings.level !== 'debug') return;
    const level = isChatter ? 'debug' : WORD_OF_LEVEL[logLevel];
    for (const message of messages) {
      const trace = stack ?? (message instanceof Error ? message.stack : undefined);
      const fields = { ...currentLogContext(), ...params };
      const text = textOf(this.resolveMessage(message));
      this.settings.write(
        maskPhones(
          this.settings.format === 'json'
            ? jsonLine({
                time: new Date().toISOString(),
                level,
                context,
                message: text,
                ...fields,
                stack: trace,
              })
            : prettyLine(level, context, text, fields, trace),
        ),
      );
    }
  }

  /** The stack is part of its line. */
  protected override printStackTrace(): void {}
}

function textOf(message: unknown): string {
  if (message instanceof Error) return message.message;
  return typeof message === 'string' ? message : safeJson(message);
}

function jsonLine(record: Record<string, unknown>): string {
  return `${safeJson(record)}\n`;
}

function prettyLine(
  level: string,
  context: string,
  text: string,
  fields: Record<string, unknown>,
  stack: unknown,
): string {
  const time = new Date().toTimeString().slice(0, 8);
  const paint = (colour: number, what: string) => `\u001B[${colour}m${what}\u001B[39m`;
  const details = Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => paint(90, ` ${name}=${typeof value === 'string' ? value : safeJson(value)}`));
  const trace = typeof stack === 'string' && stack !== '' ? `\n${stack}` : '';
  const head = `${paint(90, time)} ${paint(COLOUR_OF_LEVEL[level] ?? 39, level.padEnd(5))} `;
  return `${head}${context === '' ? '' : `${paint(36, context)} `}${text}${details.join('')}${trace}\n`;
}

/** A log line must never be the thing that fails. */
function safeJson(value: unknown): string {
  try {
    return JSON.stringify(value, (_key, item: unknown) => {
      if (typeof item === 'bigint') return String(item);
      return item instanceof Error ? { name: item.name, message: item.message, stack: item.stack } : item;
    });
  } catch {
    return JSON.stringify(String(value));
  }
}
