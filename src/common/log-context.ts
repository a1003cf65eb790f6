import { AsyncLocalStorage } from 'node:async_hooks';

/** What a log line belongs to. Set once where the work begins; every line written below it carries these. */
export interface LogContext {
  readonly requestId?: string;
  readonly workspaceId?: string;
  readonly campaignId?: string;
  readonly dispatchId?: string;
  readonly channelId?: string;
}

const storage = new AsyncLocalStorage<LogContext>();

/** Runs `work` with these ids added to those that are set already. */
export function withLogContext<T>(context: LogContext, work: () => T): T {
  return storage.run({ ...storage.getStore(), ...context }, work);
}

export function currentLogContext(): LogContext {
  return storage.getStore() ?? {};
}
