import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Clock } from '../common/clock.js';
import { decodeCursor, pageOf, type Page } from '../common/page.js';
import { limitsOfNew, type LimitsWish } from './channel-limits.js';
import { DEFAULT_PACING, readPacing } from './channel-pacing.js';
import { ChannelMissingError } from './channel.errors.js';
import type { ChannelEntity } from './channel.entity.js';
import { ChannelRepository } from './channel.repository.js';
import { ProviderRegistry } from './provider-registry.js';
import { SealedSettings } from './sealed-settings.js';
import { readWarmUp } from './warm-up-request.js';
import { WebhookSecretService, type MadeWebhookSecret } from './webhook-secret.service.js';

type Members = Readonly<Record<string, unknown>>;

export interface ChannelWish {
  readonly name: string;
  readonly provider: string;
  readonly settings?: Members;
  readonly limits?: LimitsWish;
  readonly pacing?: Members;
  readonly weight?: number;
  readonly portfolioId?: string | null;
  readonly dailyContacts?: number | null;
  readonly warmUp?: Members | null;
}

export type ChannelChange = Partial<Omit<ChannelWish, 'provider'>>;

/** A channel as it may be shown. */
export interface ShownChannel {
  readonly row: ChannelEntity;
  /** Without the secret ones. */
  readonly settings: Record<string, unknown>;
  /** Only of one that was just made, and whose provider signs nothing. */
  readonly secret?: MadeWebhookSecret;
}

@Injectable()
export class ChannelService {
  constructor(
    private readonly channels: ChannelRepository,
    private readonly registry: ProviderRegistry,
    private readonly sealed: SealedSettings,
    private readonly webhookSecrets: WebhookSecretService,
    private readonly clock: Clock,
  ) {}

  async create(workspaceId: string, wish: ChannelWish): Promise<ShownChannel> {
    const provider = this.registry.named(wish.provider);
    const settings = provider.parseSettings(wish.settings ?? {});
    const id = randomUUID();
    const row = await this.channels.create({
      id,
      workspaceId,
      name: wish.name,
      provider: wish.provider,
      sealedSettings: this.sealed.seal(settings, { workspaceId, channelId: id }),
      accountRef: provider.accountRef(settings),
      limits: limitsOfNew(wish.limits ?? {}, provider.defaultLimits ?? {}),
      pacing: wish.pacing === undefined ? DEFAULT_PACING : readPacing(wish.pacing),
      weight: wish.weight ?? 1,
      portfolioId: wish.portfolioId ?? null,
      dailyContacts: wish.dailyContacts ?? null,
      dailyContactsBy: wish.dailyContacts === undefined ? 'provider' : 'person',
      warmUp: isGiven(wish.warmUp) ? readWarmUp(wish.warmUp, this.clock.now()) : null,
      version: 1,
      heldCode: null,
      heldReason: null,
      heldSince: null,
      standing: null,
    });
    const owner = { workspaceId, channelId: id };
    const secret = await this.webhookSecrets.makeFirst(owner, wish.provider, settings);
    return { ...this.shown(row), ...(secret !== undefined && { secret }) };
  }

  async find(workspaceId: string, id: string): Promise<ShownChannel> {
    const row = await this.channels.find(workspaceId, id);
    if (row === null) throw new ChannelMissingError(id);
    return this.shown(row);
  }

  async list(workspaceId: string, limit: number, cursor: string | undefined): Promise<Page<ShownChannel>> {
    const afterName = decodeCursor(cursor, (key): key is string => typeof key === 'string');
    const rows = await this.channels.list(workspaceId, afterName, limit + 1);
    return pageOf(
      rows,
      limit,
      (row) => row.name,
      (row) => this.shown(row),
    );
  }

  async change(workspaceId: string, id: string, change: ChannelChange): Promise<ShownChannel> {
    const row = await this.channels.change(workspaceId, id, (channel) => this.apply(channel, change));
    if (row === null) throw new ChannelMissingError(id);
    return this.shown(row);
  }

  async remove(workspaceId: string, id: string): Promise<void> {
    if (!(await this.channels.remove(workspaceId, id))) throw new ChannelMissingError(id);
  }

  private apply(channel: ChannelEntity, change: ChannelChange): void {
    if (change.name !== undefined) channel.name = change.name;
    if (change.weight !== undefined) channel.weight = change.weight;
    if (change.limits !== undefined) channel.limits = merged(channel.limits, change.limits);
    if (change.pacing !== undefined) channel.pacing = readPacing(change.pacing);
    if (change.settings !== undefined) this.applySettings(channel, change.settings);
    const changesBudget = this.applyBudget(channel, change);
    const { limits, pacing, settings } = change;
    if (changesBudget || limits !== undefined || pacing !== undefined || settings !== undefined) {
      channel.version += 1;
    }
  }

  private applyBudget(
    channel: ChannelEntity,
    { portfolioId, dailyContacts, warmUp }: ChannelChange,
  ): boolean {
    if (portfolioId !== undefined) channel.portfolioId = portfolioId;
    if (dailyContacts !== undefined) {
      channel.dailyContacts = dailyContacts;
      channel.dailyContactsBy = 'person';
    }
    if (warmUp !== undefined) {
      channel.warmUp = warmUp === null ? null : readWarmUp(warmUp, this.clock.now());
    }
    return portfolioId !== undefined || dailyContacts !== undefined || warmUp !== undefined;
  }

  /** New settings lift a hold: only another call can tell whether they work. */
  private applySettings(channel: ChannelEntity, change: Members): void {
    const provider = this.registry.of(channel.provider);
    const owner = { workspaceId: channel.workspaceId, channelId: channel.id };
    const settings = provider.parseSettings(merged(this.sealed.open(channel.sealedSettings, owner), change));
    channel.sealedSettings = this.sealed.seal(settings, owner);
    channel.accountRef = provider.accountRef(settings);
    channel.heldCode = null;
    channel.heldReason = null;
    channel.heldSince = null;
  }

  private shown(row: ChannelEntity): ShownChannel {
    const { secretSettings } = this.registry.of(row.provider);
    const settings = this.sealed.open(row.sealedSettings, {
      workspaceId: row.workspaceId,
      channelId: row.id,
    });
    return {
      row,
      settings: Object.fromEntries(
        Object.entries(settings).filter(([name]) => !secretSettings.includes(name)),
      ),
    };
  }
}

function isGiven<T>(value: T | null | undefined): value is T {
  return value !== undefined && value !== null;
}

/** What is given replaces, null and undefined take away or leave out. */
function merged<T extends object>(before: T, change: object): T {
  const given = Object.entries(change).filter(([, value]) => value !== undefined);
  return Object.fromEntries(
    Object.entries({ ...before, ...Object.fromEntries(given) }).filter(([, value]) => value !== null),
  ) as T;
}
