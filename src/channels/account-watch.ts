import { Injectable, Logger } from '@nestjs/common';
import { Config } from '../config/config.js';
import {
  ChannelCheckRepository,
  type CheckedThing,
  type CheckEnd,
  type DueCheck,
} from './channel-check.repository.js';
import { ChannelStandings } from './channel-standings.js';
import { ChannelTemplates, checkEndOf } from './channel-templates.js';

const AT_ONCE = 5;
const LONGEST_WAIT_MS = 21_600_000;
const FIRST_RETRY_MS = 60_000;

/**
 * Reads the templates and the standing of channels, each channel once in CAUDAL_ACCOUNT_CHECK_MS; one that cannot be
 * read is tried again after a minute, then after twice as long each time. Safe in any number of processes.
 */
@Injectable()
export class AccountWatch {
  private readonly logger = new Logger('Channels');

  constructor(
    private readonly checks: ChannelCheckRepository,
    private readonly templates: ChannelTemplates,
    private readonly standings: ChannelStandings,
    private readonly config: Config,
  ) {}

  async run(): Promise<void> {
    await this.look('templates', async (channelId) => checkEndOf(await this.templates.sync(channelId)));
    await this.look('standing', (channelId) => this.standings.read(channelId));
  }

  private async look(what: CheckedThing, read: (channelId: string) => Promise<CheckEnd>): Promise<void> {
    const due = await this.checks.take(what, AT_ONCE);
    await Promise.all(due.map((check) => this.lookAt(what, check, read)));
  }

  private async lookAt(
    what: CheckedThing,
    check: DueCheck,
    read: (channelId: string) => Promise<CheckEnd>,
  ): Promise<void> {
    const { channelId, failures } = check;
    const end = await read(channelId).catch((error: Error): CheckEnd => ({
      kind: 'failed',
      code: 'read_failed',
      reason: error.message,
    }));
    if (end.kind === 'failed' && failures === 0) {
      this.logger.warn(`the ${what} of a channel could not be read: ${end.reason}`, {
        channelId,
        code: end.code,
      });
    }
    await this.checks.settle(what, check, end, this.nextMs(end, failures));
  }

  private nextMs(end: CheckEnd, failures: number): number {
    const { accountCheckMs } = this.config.upkeep;
    if (end.kind !== 'failed') return accountCheckMs;
    return Math.min(LONGEST_WAIT_MS, FIRST_RETRY_MS * 2 ** Math.min(failures, 12));
  }
}
