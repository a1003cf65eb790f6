import type { LookupFunction } from 'node:net';
import { buildConnector, errors, util, type Dispatcher } from 'undici';
import { Connections } from './connections.js';
import {
  ANSWER_TOO_LARGE,
  BEGUN_TWICE,
  callFault,
  DEADLINE_AFTER_SENDING,
  DEADLINE_BEFORE_SENDING,
  type CallFault,
} from './call-faults.js';
import type { HttpHeaders, HttpResult } from './http-result.js';

const CONNECT_TIMEOUT_MS = 5_000;
/** No provider answers a send with more than a few kilobytes; what is larger is not an answer. */
const MAX_ANSWER_BYTES = 1_048_576;

/** Decides at each connection where it may lead. */
export interface AddressGate {
  /** Why a host is refused before anything is resolved; a socket asks no lookup for a host that is an address. */
  refusalOf(host: string): Error | undefined;
  readonly lookup: LookupFunction;
}

export interface HttpCallsOptions {
  readonly origin: string;
  readonly maxOpenCalls: number;
  readonly gate: AddressGate;
}

export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PUT';
  readonly path: string;
  /** Names and values by turns: one list for all calls of a client, nothing to copy. */
  readonly headers: string[];
  readonly body?: string;
}

/**
 * Calls to one origin over kept-alive connections, one call a connection at a time, none ever repeated and no
 * redirect ever followed. The deadline is total: waiting for a connection, connecting, TLS, sending, and the last
 * byte of the answer, so that a server which drips bytes holds nothing longer than one which hangs.
 *
 * On `dispatch` rather than `request`: without the body stream, the promise and the AbortSignal of each call, a
 * call costs 34 µs of CPU instead of 49 (Node 24, nginx as the provider, 100 calls open).
 */
export class HttpCalls {
  private readonly connections: Connections;
  private readonly waiting: { request: HttpRequest; call: Call }[] = [];
  private closing: Promise<void> | undefined;

  constructor(options: HttpCallsOptions) {
    this.connections = new Connections(
      options.origin,
      options.maxOpenCalls,
      gatedConnector(options.gate),
      () => this.beginWaiting(),
    );
  }

  /** With `signal` a call whose deadline has come when that fires; sends do without, and pay nothing for it. */
  call(request: HttpRequest, deadlineMs: number, signal?: AbortSignal): Promise<HttpResult> {
    return new Promise((resolve) => {
      const call = new Call(resolve, deadlineMs);
      if (signal !== undefined) call.heed(signal);
      if (this.closing !== undefined) call.onError(new errors.ClientClosedError());
      else if (!this.connections.dispatch(request, call)) this.waiting.push({ request, call });
    });
  }

  /** New calls are refused from now on; those that are open end as they would. */
  close(): Promise<void> {
    this.closing ??= this.connections.close();
    for (const { call } of this.waiting.splice(0)) call.onError(new errors.ClientClosedError());
    return this.closing;
  }

  private beginWaiting(): void {
    while (this.waiting.length > 0) {
      const { request, call } = this.waiting[0]!;
      if (!call.isSettled && !this.connections.dispatch(request, call)) return;
      this.waiting.shift();
    }
  }
}

function gatedConnector(gate: AddressGate): buildConnector.connector {
  const connect = buildConnector({ timeout: CONNECT_TIMEOUT_MS, lookup: gate.lookup });
  return (options, callback) => {
    const refusal = gate.refusalOf(options.hostname);
    if (refusal === undefined) return connect(options, callback);
    queueMicrotask(() => callback(refusal, null));
  };
}

/** The handler that undici 7 works with inside: each of its newer ones is wrapped in two objects, 5 of 35 µs a call. */
type PlainHandler = Required<
  Pick<Dispatcher.DispatchHandler, 'onConnect' | 'onHeaders' | 'onData' | 'onComplete' | 'onError'>
>;

const NO_HEADERS: HttpHeaders = {};

/** One call on its way. Settles once; what undici says after that is not heard. */
class Call implements PlainHandler {
  private abort: ((error: Error) => void) | undefined;
  private status = 0;
  private rawHeaders: Buffer[] = [];
  private body = '';
  private chunk: Buffer | undefined;
  private more: Buffer[] | undefined;
  private bytes = 0;
  private settled = false;
  private readonly timer: NodeJS.Timeout;
  private stopHeeding: (() => void) | undefined;

  constructor(
    private readonly resolve: (result: HttpResult) => void,
    deadlineMs: number,
  ) {
    this.timer = setTimeout(passDeadline, deadlineMs, this);
  }

  get isSettled(): boolean {
    return this.settled;
  }

  onConnect(abort: (error?: Error) => void): void {
    // Aborting here is what keeps a call whose deadline passed in the queue from being written after all.
    if (this.settled) return abort(new Error('the call was given up before it began'));
    if (this.abort !== undefined) {
      this.fail(BEGUN_TWICE);
      return abort(new Error('the call had begun before'));
    }
    this.abort = abort;
  }

  onHeaders(status: number, rawHeaders: Buffer[]): boolean {
    this.status = status;
    this.rawHeaders = rawHeaders;
    return true;
  }

  onData(chunk: Buffer): boolean {
    this.bytes += chunk.length;
    if (this.bytes > MAX_ANSWER_BYTES) this.giveUp(ANSWER_TOO_LARGE);
    else if (this.chunk === undefined) this.chunk = chunk;
    else (this.more ??= []).push(chunk);
    return true;
  }

  onComplete(): void {
    if (this.settled) return;
    if (this.chunk !== undefined) {
      const whole = this.more === undefined ? this.chunk : Buffer.concat([this.chunk, ...this.more]);
      this.body = whole.toString();
    }
    const isSuccess = this.status >= 200 && this.status < 300;
    this.settle({
      kind: 'answer',
      status: this.status,
      headers: isSuccess ? NO_HEADERS : util.parseHeaders(this.rawHeaders),
      body: this.body,
    });
  }

  onError(error: Error): void {
    this.fail(callFault(error, this.abort !== undefined));
  }

  heed(signal: AbortSignal): void {
    const giveUp = (): void => this.deadlinePassed();
    this.stopHeeding = () => signal.removeEventListener('abort', giveUp);
    if (signal.aborted) giveUp();
    else signal.addEventListener('abort', giveUp);
  }

  deadlinePassed(): void {
    this.giveUp(this.abort === undefined ? DEADLINE_BEFORE_SENDING : DEADLINE_AFTER_SENDING);
  }

  /** Settles first: the abort's own error comes back through onError and must find nothing to say. */
  private giveUp(fault: CallFault): void {
    this.fail(fault);
    this.abort?.(new Error(fault.code));
  }

  private fail(fault: CallFault): void {
    if (!this.settled) this.settle({ kind: 'failure', fault });
  }

  private settle(result: HttpResult): void {
    this.settled = true;
    clearTimeout(this.timer);
    this.stopHeeding?.();
    this.chunk = undefined;
    this.more = undefined;
    this.resolve(result);
  }
}

function passDeadline(call: Call): void {
  call.deadlinePassed();
}
