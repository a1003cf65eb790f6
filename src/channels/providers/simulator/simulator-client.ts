import { setTimeout as delay } from 'node:timers/promises';
import type {
  ChannelHealth,
  LookUpAnswer,
  LookUpQuestion,
  OutboundMessage,
  ProviderClient,
} from '../provider.js';
import type { MediaUpload, MediaUploadAnswer, NumberStanding, TemplatePage } from '../provider-answers.js';
import type { SendOutcome } from '../send-outcome.js';

/** What the Graph API says of a number that it does not know: here, that the simulator was started anew. */
const NUMBER_NOT_KNOWN = '100/33';

const CLOSED: SendOutcome = {
  kind: 'unavailable',
  speaksOfHealth: false,
  code: 'client_closed',
  reason: 'The channel was changed or closed before the call began; nothing was sent.',
};

/** A line is open, or why it is not. */
type Line = { readonly client: ProviderClient } | { readonly problem: string };

/**
 * The Cloud API driver on a simulator that may have to be started first, and may be started anew behind our back: it
 * forgets its numbers then, and the next call makes ours known again.
 */
export class SimulatorClient implements ProviderClient {
  private line: ProviderClient | undefined;
  private opening: Promise<Line> | undefined;
  private closed = false;

  constructor(private readonly openLine: () => Promise<ProviderClient>) {}

  async send(message: OutboundMessage, deadlineMs: number): Promise<SendOutcome> {
    if (this.closed) return CLOSED;
    if (this.line !== undefined) return this.sendOn(this.line, message, deadlineMs);
    const startedAt = performance.now();
    const line = await this.lineWithin(deadlineMs);
    if ('problem' in line) return notReady(line.problem);
    const leftMs = Math.max(1, deadlineMs - (performance.now() - startedAt));
    return this.sendOn(line.client, message, leftMs);
  }

  async health(deadlineMs: number): Promise<ChannelHealth> {
    const startedAt = performance.now();
    const line = await this.lineWithin(deadlineMs);
    if ('problem' in line)
      return { connection: 'disconnected', reason: `The simulator is not ready: ${line.problem}.` };
    return line.client.health(Math.max(1, deadlineMs - (performance.now() - startedAt)));
  }

  /** One that was started anew answers that it does not know the number, until the next send makes it known. */
  async lookUp(question: LookUpQuestion, deadlineMs: number): Promise<LookUpAnswer> {
    const startedAt = performance.now();
    const line = await this.lineWithin(deadlineMs);
    const leftMs = Math.max(1, deadlineMs - (performance.now() - startedAt));
    if (!('problem' in line) && line.client.lookUp !== undefined) return line.client.lookUp(question, leftMs);
    return { ...notAnswered(line), kind: 'unsure' };
  }

  async listTemplates(cursor: string | null, deadlineMs: number): Promise<TemplatePage> {
    const startedAt = performance.now();
    const line = await this.lineWithin(deadlineMs);
    const leftMs = Math.max(1, deadlineMs - (performance.now() - startedAt));
    return 'client' in line && line.client.listTemplates !== undefined
      ? line.client.listTemplates(cursor, leftMs)
      : notAnswered(line);
  }

  async standing(deadlineMs: number): Promise<NumberStanding> {
    const startedAt = performance.now();
    const line = await this.lineWithin(deadlineMs);
    const leftMs = Math.max(1, deadlineMs - (performance.now() - startedAt));
    return 'client' in line && line.client.standing !== undefined
      ? line.client.standing(leftMs)
      : notAnswered(line);
  }

  async uploadMedia(upload: MediaUpload, deadlineMs: number): Promise<MediaUploadAnswer> {
    const startedAt = performance.now();
    const line = await this.lineWithin(deadlineMs);
    const leftMs = Math.max(1, deadlineMs - (performance.now() - startedAt));
    if ('client' in line && line.client.uploadMedia !== undefined)
      return line.client.uploadMedia(upload, leftMs);
    upload.file.destroy();
    return notAnswered(line);
  }

  /** Calls that wait for the simulator inside send() would all leave at once, past their instants. */
  async prepare(deadlineMs: number): Promise<boolean> {
    return this.line !== undefined || !('problem' in (await this.lineWithin(deadlineMs)));
  }

  async close(): Promise<void> {
    this.closed = true;
    await this.opening;
    await this.line?.close();
  }

  private async sendOn(
    line: ProviderClient,
    message: OutboundMessage,
    deadlineMs: number,
  ): Promise<SendOutcome> {
    const outcome = await line.send(message, deadlineMs);
    if (outcome.kind === 'unavailable' && outcome.code === 'connect_refused') this.drop(line);
    if (outcome.kind !== 'blocked' || outcome.code !== NUMBER_NOT_KNOWN) return outcome;
    this.drop(line);
    return {
      kind: 'unavailable',
      speaksOfHealth: false,
      code: 'simulator_restarted',
      reason:
        'The simulator was started anew and refused the number; nothing was accepted, and it is made known again.',
    };
  }

  /** Of many calls that find the line dead, the first drops it; those that are still open on it end as they would. */
  private drop(line: ProviderClient): void {
    if (this.line !== line || this.closed) return;
    this.line = undefined;
    void line.close();
  }

  private async lineWithin(deadlineMs: number): Promise<Line> {
    if (this.line !== undefined) return { client: this.line };
    if (this.closed) return { problem: 'the channel was closed' };
    this.opening ??= this.open();
    const waiting = new AbortController();
    const late = delay(deadlineMs, { problem: 'it did not start in time' }, { signal: waiting.signal }).catch(
      () => ({
        problem: '',
      }),
    );
    try {
      return await Promise.race([this.opening, late]);
    } finally {
      waiting.abort();
    }
  }

  private async open(): Promise<Line> {
    try {
      this.line = await this.openLine();
      return { client: this.line };
    } catch (error) {
      return { problem: error instanceof Error ? error.message : String(error) };
    } finally {
      this.opening = undefined;
    }
  }
}

function notAnswered(line: Line): { kind: 'failed'; code: string; reason: string } {
  const problem = 'problem' in line ? line.problem : 'it cannot be asked';
  return { kind: 'failed', code: 'simulator_not_ready', reason: `The simulator is not ready: ${problem}.` };
}

function notReady(problem: string): SendOutcome {
  return {
    kind: 'unavailable',
    speaksOfHealth: true,
    code: 'simulator_not_ready',
    reason: `The simulator is not ready: ${problem}. Nothing was sent.`,
  };
}
