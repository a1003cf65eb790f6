import { Injectable, Logger } from '@nestjs/common';
import {
  ChannelCheckRepository,
  type CheckEnd,
  type DueCheck,
} from '../channels/channel-check.repository.js';
import { ChannelClients } from '../channels/channel-clients.js';
import type { ProviderClient } from '../channels/providers/provider.js';
import { assertNever } from '../common/assert-never.js';
import { Config } from '../config/config.js';
import { ChannelReopening } from './channel-reopening.js';
import { ChannelSessions } from './channel-sessions.js';
import type { Session } from './session-state.js';

const AT_ONCE = 50;
/** Together less than what a process that stops is given. */
const LOOK_TIMEOUT_MS = 5000;
const RESTART_TIMEOUT_MS = 15_000;
/** A channel may be of a provider that keeps no session; new settings are looked at at once. */
const NOTHING_TO_SEE_MS = 3_600_000;
/** While it is down, so that it goes on soon after it is back. */
const LOST_CHECK_MS = 10_000;
const LONGEST_WAIT_MS = 300_000;

type Seen = CheckEnd & { readonly session?: Session | null };

/**
 * Looks at the sessions of channels, and restarts those that were lost. Safe in any number of processes: whoever takes
 * a look that is due is alone with it, and a restart is counted before it is made.
 */
@Injectable()
export class SessionWatch {
  private readonly logger = new Logger('Sessions');

  constructor(
    private readonly checks: ChannelCheckRepository,
    private readonly clients: ChannelClients,
    private readonly sessions: ChannelSessions,
    private readonly reopening: ChannelReopening,
    private readonly config: Config,
  ) {}

  async run(): Promise<void> {
    const due = await this.checks.take('session', AT_ONCE);
    await Promise.all(due.map((check) => this.lookAt(check)));
  }

  /** One channel that cannot be looked at keeps no other from it. */
  private async lookAt(check: DueCheck): Promise<void> {
    const seen = await this.look(check).catch((error: unknown): Seen => {
      const reason = (error as Error).message;
      this.logger.warn(`the session of a channel could not be looked at: ${reason}`, {
        channelId: check.channelId,
      });
      return { kind: 'failed', code: 'look_failed', reason };
    });
    await this.checks.settle('session', check, seen, this.nextMs(seen, check.failures));
  }

  private async look({ channelId, takenAt }: DueCheck): Promise<Seen> {
    const open = await this.clients.clientOf(channelId);
    if (open === null || !open.capabilities.keepsSession) return { kind: 'nothing' };
    const { connection, reason = null, needsPerson = false } = await open.client.health(LOOK_TIMEOUT_MS);
    const sight = { source: 'look', connection, needsPerson, code: null, reason } as const;
    const { session, wasOpened } = await this.sessions.saw(channelId, sight, takenAt);
    if (wasOpened) await this.reopening.letGoOn(channelId);
    if (await this.sessions.beginRestart(channelId)) await this.restart(channelId, open.client);
    return connection === 'unknown'
      ? {
          kind: 'failed',
          code: 'connection_unknown',
          reason: reason ?? 'The provider does not tell.',
          session,
        }
      : { kind: 'done', session };
  }

  private async restart(channelId: string, client: ProviderClient): Promise<void> {
    const answer = (await client.restart?.(RESTART_TIMEOUT_MS)) ?? null;
    if (answer === null) return;
    switch (answer.kind) {
      case 'restarting':
        this.logger.log('a lost session is being restarted', { channelId });
        return;
      case 'needs_person':
        this.logger.warn('a lost session needs a person', { channelId, code: answer.code });
        await this.sessions.leftToPerson(channelId, answer.code, answer.reason);
        return;
      case 'failed':
        this.logger.warn('a lost session could not be restarted', { channelId, code: answer.code });
        return;
      default:
        assertNever(answer);
    }
  }

  private nextMs(seen: Seen, failures: number): number {
    const { sessionCheckMs } = this.config.upkeep;
    if (seen.kind === 'nothing') return NOTHING_TO_SEE_MS;
    if (seen.kind === 'failed')
      return Math.min(LONGEST_WAIT_MS, sessionCheckMs * 2 ** Math.min(failures, 10));
    const isComing = seen.session?.connection !== 'connected' && seen.session?.needsPerson !== true;
    return isComing ? Math.min(sessionCheckMs, LOST_CHECK_MS) : sessionCheckMs;
  }
}
