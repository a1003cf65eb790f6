import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { QueryFailedError, Repository, type EntityManager } from 'typeorm';
import { isUniqueViolation } from '../database/postgres-codes.js';
import type { Queryable } from '../database/sql.js';
import { Outbox } from '../events/outbox.js';
import { budgetChange, BudgetChanges, hasBudget } from './budget-change.js';
import { ChannelInUseError, ChannelNameTakenError, ChannelNumberTakenError } from './channel.errors.js';
import { ChannelEntity } from './channel.entity.js';
import { UnknownPortfolioError } from './portfolio.errors.js';

/** Channels as the API keeps them: one workspace at a time. The engine's own look at them is ChannelRows. */
@Injectable()
export class ChannelRepository {
  constructor(
    @InjectRepository(ChannelEntity) private readonly rows: Repository<ChannelEntity>,
    private readonly outbox: Outbox,
    private readonly budgets: BudgetChanges,
  ) {}

  async create(channel: Omit<ChannelEntity, 'createdAt' | 'updatedAt'>): Promise<ChannelEntity> {
    const row = this.rows.create(channel);
    return this.rows.manager.transaction(async (manager) => {
      await manager.insert(ChannelEntity, row).catch((error: unknown) => explained(error, row));
      await this.tellPortfolios(manager, row.portfolioId === null ? [] : [row.portfolioId], row.id);
      if (hasBudget(row, Date.now())) await this.budgets.begin(queryableOf(manager), row.id);
      return row;
    });
  }

  find(workspaceId: string, id: string): Promise<ChannelEntity | null> {
    return this.rows.findOneBy({ workspaceId, id });
  }

  /** By name, without regard to case, as the unique index has them. */
  list(workspaceId: string, afterName: string | null, limit: number): Promise<ChannelEntity[]> {
    const query = this.rows
      .createQueryBuilder('channel')
      .where('channel.workspaceId = :workspaceId', { workspaceId })
      .orderBy('lower(channel.name)')
      .limit(limit);
    if (afterName !== null) query.andWhere('lower(channel.name) > lower(:afterName)', { afterName });
    return query.getMany();
  }

  /** Changes a row under its lock, so that two requests at once both count. Null when there is none. */
  async change(
    workspaceId: string,
    id: string,
    apply: (channel: ChannelEntity) => void,
  ): Promise<ChannelEntity | null> {
    return this.rows.manager.transaction(async (manager) => {
      const row = await manager.findOne(ChannelEntity, {
        where: { workspaceId, id },
        lock: { mode: 'pessimistic_write' },
      });
      if (row === null) return null;
      const { heldCode, heldReason } = row;
      const before = { ...row };
      apply(row);
      const saved = await manager.save(row).catch((error: unknown) => explained(error, row));
      if (heldCode !== null && row.heldCode === null)
        await this.tellOpened(manager, row, heldCode, heldReason);
      await this.changeBudget(manager, before, row);
      return saved;
    });
  }

  /** Whoever shares a portfolio's budget with it counts its contacts too, or not any more. */
  private async changeBudget(
    manager: EntityManager,
    before: ChannelEntity,
    after: ChannelEntity,
  ): Promise<void> {
    const change = budgetChange(before, after, Date.now());
    if (change === null) return;
    const { portfolios, counting, channelIds } = change;
    await this.tellPortfolios(manager, portfolios, after.id);
    await this.budgets.apply(queryableOf(manager), { counting, channelIds });
  }

  /** The lines of the other channels of these read again with whom they share. */
  private async tellPortfolios(
    manager: EntityManager,
    ids: readonly string[],
    besides: string,
  ): Promise<void> {
    if (ids.length === 0) return;
    await manager.query(
      'UPDATE channels SET version = version + 1 WHERE portfolio_id = ANY($1::uuid[]) AND id <> $2',
      [ids, besides],
    );
  }

  /** New settings lift a hold as a person does (see ChannelHolds). */
  private async tellOpened(
    manager: EntityManager,
    { id: channelId, workspaceId, name }: ChannelEntity,
    code: string,
    reason: string | null,
  ): Promise<void> {
    const tx = queryableOf(manager);
    const payload = { channelId, name, code, reason: reason ?? code };
    await this.outbox.add(tx, { workspaceId, type: 'channel.opened', payload });
  }

  /** False when there is none. One with batches that are not done stays: their rows could never be sent. */
  async remove(workspaceId: string, id: string): Promise<boolean> {
    return this.rows.manager.transaction(async (manager) => {
      const row = await manager.findOne(ChannelEntity, {
        where: { workspaceId, id },
        lock: { mode: 'pessimistic_write' },
      });
      if (row === null) return false;
      // Waits for the post that is being stored, and no other is from here on: their key leads to the locked row.
      await manager.query('DELETE FROM open_streams WHERE channel_id = $1', [id]);
      // Scans of partial indexes that hold only the batches of what is being sent now.
      const [open] = await manager.query<{ batches: number }[]>(
        `SELECT count(*)::int AS batches FROM batches WHERE channel_id = $1 AND state IN ('ready', 'leased', 'parked')`,
        [id],
      );
      if (open !== undefined && open.batches > 0) throw new ChannelInUseError(row.name, open.batches);
      await manager.query('DELETE FROM budgets WHERE scope_id = $1', [id]);
      await manager.remove(row);
      return true;
    });
  }
}

function queryableOf(manager: EntityManager): Queryable {
  return {
    query: (statement, values = []) =>
      manager.query(typeof statement === 'string' ? statement : statement.text, [...values]),
  };
}

function explained(error: unknown, row: ChannelEntity): never {
  const cause: unknown = error instanceof QueryFailedError ? error.driverError : null;
  const { constraint } = (cause ?? {}) as { constraint?: string };
  if (constraint === 'channels_in_portfolio') throw new UnknownPortfolioError(row.portfolioId!);
  if (!isUniqueViolation(cause)) throw error;
  if (constraint === 'channels_name') throw new ChannelNameTakenError(row.name);
  if (constraint === 'channels_account') throw new ChannelNumberTakenError(row.accountRef);
  throw error;
}
