import { setTimeout as pause } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { ChannelChoices } from '../channels/channel-choice.js';
import { ChannelClients } from '../channels/channel-clients.js';
import type { ChannelHealth } from '../channels/providers/provider.js';
import { ChannelObstacles } from '../queue/channel-obstacle.js';
import type { ReasonCode, SendingReason } from '../queue/sending-reason.js';
import type { MessageRequest } from './message-request.js';
import { MessageService } from './message.service.js';
import { isOver, type TaskMessage } from './task.js';
import { TaskService } from './task.service.js';

const HEALTH_TIMEOUT_MS = 3000;
/** Longer than an ordinary call takes; shorter than what sits before an API gives up on it. */
const WAIT_MS = 8000;
const LOOK_EVERY_MS = 150;
const LEAVES_WITHIN_MS = 600;
/** These end when somebody acts, or in minutes. */
const LASTING: ReadonlySet<ReasonCode | undefined> = new Set<ReasonCode>([
  'channel_held',
  'session_down',
  'breaker_open',
  'redis_unreachable',
  'redis_refuses_writes',
]);

/** What came of a test, as far as it is known when the wait is over. */
export interface ChannelTest {
  readonly taskId: string;
  readonly message: TaskMessage;
  readonly health: ChannelHealth;
  /** What keeps the channel from sending; null where nothing does, or the message is on its way. */
  readonly obstacle: SendingReason | null;
}

/** Sends one message as any other goes, through ledger, limits and breaker, and waits for what comes of it. */
@Injectable()
export class ChannelTests {
  constructor(
    private readonly channels: ChannelChoices,
    private readonly clients: ChannelClients,
    private readonly messages: MessageService,
    private readonly tasks: TaskService,
    private readonly obstacles: ChannelObstacles,
  ) {}

  async run(
    workspaceId: string,
    channelId: string,
    request: MessageRequest,
    waitMs = WAIT_MS,
  ): Promise<ChannelTest> {
    await this.channels.choose(workspaceId, { channelId, instanceName: null });
    const health = this.healthOf(channelId);
    const taskId = await this.messages.post(workspaceId, request);
    const waited = await this.outcomeOf(workspaceId, channelId, taskId, waitMs);
    return { taskId, ...waited, health: await health };
  }

  /** No longer than a message on its way needs, where something that does not pass by itself keeps it from leaving. */
  private async outcomeOf(
    workspaceId: string,
    channelId: string,
    taskId: string,
    waitMs: number,
  ): Promise<Pick<ChannelTest, 'message' | 'obstacle'>> {
    const beganMs = performance.now();
    for (;;) {
      const message = await this.tasks.get(workspaceId, taskId);
      if (isOver(message)) return { message, obstacle: null };
      const waitedMs = performance.now() - beganMs;
      const isWaiting = message.state === 'pending' && waitedMs >= Math.min(waitMs, LEAVES_WITHIN_MS);
      const obstacle = isWaiting ? await this.obstacles.of(channelId) : null;
      if (waitedMs >= waitMs || LASTING.has(obstacle?.code)) return { message, obstacle };
      await pause(LOOK_EVERY_MS);
    }
  }

  /** The setting that is wrong, where one is, is said by the provider's own check. */
  private async healthOf(channelId: string): Promise<ChannelHealth> {
    try {
      const open = await this.clients.clientOf(channelId);
      return (await open?.client.health(HEALTH_TIMEOUT_MS)) ?? { connection: 'unknown' };
    } catch (error) {
      return { connection: 'unknown', reason: (error as Error).message };
    }
  }
}
