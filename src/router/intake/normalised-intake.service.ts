import type { IncomingHttpHeaders } from 'node:http';
import { Injectable } from '@nestjs/common';
import { KeyHolder } from '../../auth/key-holder.js';
import { WebhookSecrets } from '../../channels/webhook-secrets.js';
import { Config } from '../../config/config.js';
import { Refusals } from './refusals.js';
import { WebhookInbox } from './webhook-inbox.js';
import type { ArrivedWebhook } from './webhook-intake.service.js';
import type { WebhookTakenDto } from './webhook.dto.js';
import { NormalisedBodyError, NumberUnknownError } from './webhook.errors.js';

const CLOUD = 'whatsapp-cloud';
const BEFORE = Buffer.from(
  '{"object":"whatsapp_business_account","entry":[{"changes":[{"field":"messages","value":',
);
const BEHIND = Buffer.from('}]}]}');

/** `{ messages, metadata }` of a router of somebody's own, which has taken Meta's webhook apart and shows an API key. */
@Injectable()
export class NormalisedIntake {
  constructor(
    private readonly secrets: WebhookSecrets,
    private readonly inbox: WebhookInbox,
    private readonly holder: KeyHolder,
    private readonly refusals: Refusals,
    private readonly config: Config,
  ) {}

  /** A key where Meta would have signed. */
  isMeant(headers: IncomingHttpHeaders): boolean {
    return headers['x-hub-signature-256'] === undefined && this.holder.isClaimed(headers);
  }

  async take({ proof, address, arrivedAtMs }: ArrivedWebhook): Promise<WebhookTakenDto> {
    const { workspaceId } = await this.holder
      .of(proof.headers as IncomingHttpHeaders, { leastRole: 'operator', isLegacy: true, address })
      .catch((error: unknown) => {
        this.refusals.note(address);
        throw error;
      });
    const messages = await this.store(workspaceId, proof.rawBody, arrivedAtMs);
    return { success: true, [this.config.webhookMode === 'direct' ? 'processed' : 'queued']: messages };
  }

  /** Returns how many messages it brought, once they are durable. It is kept as Meta would have sent it. */
  private async store(workspaceId: string, body: Buffer, arrivedAtMs: number): Promise<number> {
    const { messages, phoneNumberId } = readNormalised(body);
    const channelId = await this.channelOf(workspaceId, phoneNumberId);
    await this.inbox.store({
      source: {
        workspaceId,
        provider: CLOUD,
        scope: `key:${channelId}`,
        channelIds: [channelId],
        addressChannelId: channelId,
        // Whoever posts it has answered Meta already.
        isRepeated: false,
      },
      contentType: 'application/json',
      query: '',
      lane: 0,
      arrivedAtMs,
      body: Buffer.concat([BEFORE, body, BEHIND]),
    });
    return messages;
  }

  /** Throws naming the numbers that there are. */
  private async channelOf(workspaceId: string, phoneNumberId: string): Promise<string> {
    const found = await this.secrets.find(async () => {
      const channels = await this.secrets.cloudChannelsOf(workspaceId);
      return channels.find(({ accountRef }) => accountRef === phoneNumberId)?.channelId;
    });
    if (found !== undefined) return found;
    const channels = await this.secrets.cloudChannelsOf(workspaceId);
    throw new NumberUnknownError(
      phoneNumberId,
      channels.flatMap(({ accountRef }) => accountRef ?? []),
    );
  }
}

function readNormalised(body: Buffer): { messages: number; phoneNumberId: string } {
  let read: unknown;
  try {
    read = JSON.parse(body.toString('utf8'));
  } catch {
    throw new NormalisedBodyError('', 'this is not JSON');
  }
  const { messages, metadata } = (read ?? {}) as { messages?: unknown; metadata?: unknown };
  if (!Array.isArray(messages)) throw new NormalisedBodyError('/messages', 'messages must be a list');
  const id = (metadata as { phone_number_id?: unknown } | null | undefined)?.phone_number_id;
  if (typeof id !== 'string' || id === '') {
    throw new NormalisedBodyError('/metadata/phone_number_id', 'it must name the number, as Meta does');
  }
  return { messages: messages.length, phoneNumberId: id };
}
