import { Injectable, Logger } from '@nestjs/common';
import type { FailureClass, SendOutcome } from '../channels/providers/send-outcome.js';
import { Config } from '../config/config.js';
import type { Dispatch } from '../ledger/dispatch.js';
import { GateRepository, REFUSED_FOR_ALL } from '../ledger/gate.repository.js';

/** What is wrong with the message or its template, not with the person. */
const OF_THE_MESSAGE: ReadonlySet<FailureClass> = new Set(['permanent_message', 'permanent_config']);

/** Runs that ended with their dispatch are forgotten when so many others came behind them. */
const MOST_RUNS = 1000;

type Refusal = Extract<SendOutcome, { kind: 'rejected' }>;

/**
 * A message that its provider refuses for everybody (a template that it does not know, a parameter that does not fit)
 * would be refused for a hundred thousand people as for the first fifty. This process counts, for each campaign on each
 * channel, refusals with the same code that no acceptance interrupted; when there are too many of them it closes the
 * gate, and the campaign is held for what the gate says. Costs an acceptance the look at an empty map.
 */
@Injectable()
export class RefusalRuns {
  private readonly logger = new Logger('Queue');
  private readonly runs = new Map<string, { readonly code: string; count: number }>();

  constructor(
    private readonly gates: GateRepository,
    private readonly config: Config,
  ) {}

  accepted(dispatchId: string, channelId: string): void {
    if (this.runs.size > 0) this.runs.delete(`${dispatchId}/${channelId}`);
  }

  async refused(
    dispatch: Dispatch,
    channelId: string,
    { failureClass, code, reason }: Refusal,
  ): Promise<void> {
    const most = this.config.engine.holdOnRefusals;
    if (most === 0 || dispatch.campaignId === null || !OF_THE_MESSAGE.has(failureClass)) return;
    const key = `${dispatch.id}/${channelId}`;
    const known = this.runs.get(key);
    const run = known?.code === code ? known : { code, count: 0 };
    run.count += 1;
    if (run.count < most) {
      this.runs.set(key, run);
      if (this.runs.size > MOST_RUNS) this.runs.delete(this.runs.keys().next().value!);
      return;
    }
    this.runs.delete(key);
    await this.close(dispatch.id, `${most} messages in a row, each with the code ${code}: ${reason}`);
  }

  /** Where Postgres is away, the next run will close it: failing here must not lose the outcome. */
  private async close(dispatchId: string, what: string): Promise<void> {
    try {
      await this.gates.close({ dispatchId, changedBy: 'Caudal', reason: `${REFUSED_FOR_ALL}${what}` });
    } catch (error) {
      this.logger.warn(`dispatch ${dispatchId} was not stopped: ${(error as Error).message}`);
    }
  }
}
