import { Module, type DynamicModule } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { AuthModule } from '../../../src/auth/auth.module.js';
import { createApp } from '../../../src/boot/http-app.js';
import { ChannelChangeController } from '../../../src/campaigns/channel-change.controller.js';
import { ChannelRuns } from '../../../src/campaigns/channel-runs.js';
import { ChannelsModule } from '../../../src/channels/channels.module.js';
import { CommonModule } from '../../../src/common/common.module.js';
import type { ReadyConfig } from '../../../src/config/config.js';
import { loadConfig } from '../../../src/config/load-config.js';
import { DatabaseModule } from '../../../src/database/database.module.js';

const ADMIN_KEY = 'an admin key for these tests';

@Module({})
class ChannelsApp {
  static register(config: ReadyConfig): DynamicModule {
    return {
      module: ChannelsApp,
      // With no campaign there: what the answer to a change says of them is tested with them.
      controllers: [ChannelChangeController],
      providers: [{ provide: ChannelRuns, useValue: { of: async () => [] } }],
      imports: [CommonModule.register(config), DatabaseModule.register(config), AuthModule, ChannelsModule],
    };
  }
}

/** The channels and what they stand on, as they are served. */
export async function startChannelsApp(
  databaseUrl: string,
  environment: Record<string, string> = {},
): Promise<NestFastifyApplication> {
  const config = loadConfig({
    DATABASE_URL: databaseUrl,
    REDIS_URL: 'redis://127.0.0.1:1',
    CAUDAL_MASTER_KEY: 'a master key of the tests, 32 characters',
    CAUDAL_ADMIN_KEY: ADMIN_KEY,
    CAUDAL_DATABASE_POOL: '6',
    ...environment,
  }) as ReadyConfig;
  const app = await createApp(ChannelsApp.register(config), config, { log() {}, error() {}, warn() {} });
  await app.init();
  await app.getHttpAdapter().getInstance().ready();
  return app;
}

/** Every member that a channel, a page of them or a problem has; which of them are there is what specs ask. */
export interface ReplyBody {
  readonly id: string;
  readonly version: number;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly limits: Readonly<Record<string, number>>;
  readonly items: readonly { readonly name: string }[];
  readonly nextCursor: string | null;
  readonly code: string;
  readonly batches: number;
  readonly errors: readonly { readonly pointer: string }[];
}

export interface Reply {
  readonly status: number;
  readonly text: string;
  readonly body: ReplyBody;
}

export async function call(
  app: NestFastifyApplication,
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE',
  path: string,
  body?: object,
): Promise<Reply> {
  const reply = await app.inject({
    method,
    url: path,
    headers: { authorization: `Bearer ${ADMIN_KEY}` },
    ...(body === undefined ? {} : { payload: body }),
  });
  return {
    status: reply.statusCode,
    text: reply.body,
    body: (reply.body === '' ? {} : JSON.parse(reply.body)) as ReplyBody,
  };
}
