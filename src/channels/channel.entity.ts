import { Column, CreateDateColumn, Entity, PrimaryColumn, UpdateDateColumn } from 'typeorm';
import type { ChannelPacing } from './channel.js';
import type { SetBy } from './channel-budget.js';
import type { ChannelLimits } from './channel-limits.js';
import type { ChannelStanding } from './standing.js';
import type { WarmUp } from './warm-up.js';

@Entity('channels')
export class ChannelEntity {
  /** Given by us, not by the database: the settings are sealed for it before the row is written. */
  @PrimaryColumn('uuid')
  id: string;

  @Column('uuid', { name: 'workspace_id' })
  workspaceId: string;

  @Column('text')
  name: string;

  @Column('text')
  provider: string;

  @Column('bytea', { name: 'sealed_settings' })
  sealedSettings: Buffer;

  @Column('text', { name: 'account_ref', nullable: true })
  accountRef: string | null;

  @Column('jsonb', { default: {} })
  limits: ChannelLimits;

  @Column('jsonb', { default: { mode: 'max' } })
  pacing: ChannelPacing;

  @Column('smallint', { default: 1 })
  weight: number;

  @Column('uuid', { name: 'portfolio_id', nullable: true })
  portfolioId: string | null;

  /** Of a channel in a portfolio, its own beside that. */
  @Column('integer', { name: 'daily_contacts', nullable: true })
  dailyContacts: number | null;

  @Column('text', { name: 'daily_contacts_by', default: 'provider' })
  dailyContactsBy: SetBy;

  @Column('jsonb', { name: 'warm_up', nullable: true })
  warmUp: WarmUp | null;

  @Column('integer', { default: 1 })
  version: number;

  @Column('text', { name: 'held_code', nullable: true })
  heldCode: string | null;

  @Column('text', { name: 'held_reason', nullable: true })
  heldReason: string | null;

  @Column('timestamptz', { name: 'held_since', nullable: true })
  heldSince: Date | null;

  /** Written by StandingRepository alone. */
  @Column('jsonb', { nullable: true })
  standing: ChannelStanding | null;

  @CreateDateColumn({ type: 'timestamptz', name: 'created_at' })
  createdAt: Date;

  @UpdateDateColumn({ type: 'timestamptz', name: 'updated_at' })
  updatedAt: Date;
}
