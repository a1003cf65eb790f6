import { Injectable } from '@nestjs/common';
import type { Queryable } from '../../database/sql.js';
import { ReportRepository } from '../reports/report.repository.js';
import { figuresOf, type VariantFigures } from './variant-figures.js';
import { VariantFiguresRepository, type VariantPart } from './variant-figures.repository.js';
import type { Variant } from './variant.js';
import type { Tested } from './winner-decision.js';

/** Numbers of one statement: few enough for its rows to stay in memory. */
const SPAN = 10_000;

/** What one variant came to; without a name: those that wait for the winner. */
export interface VariantCount extends VariantFigures {
  readonly name: string | null;
}

/** Counts a campaign by its variants, along its own rows. */
@Injectable()
export class VariantCounts {
  constructor(
    private readonly reports: ReportRepository,
    private readonly figures: VariantFiguresRepository,
  ) {}

  /** Each recipient once, by the newest message. */
  now(campaignId: string, variants: readonly Variant[]): Promise<readonly VariantCount[]> {
    return this.reports.atOneInstant((tx) => this.of(tx, campaignId, variants));
  }

  /** The same in the snapshot of a report; empty where the messages were let go. */
  async of(
    tx: Queryable,
    campaignId: string,
    variants: readonly Variant[],
  ): Promise<readonly VariantCount[]> {
    const dispatches = await this.reports.dispatchesOf(tx, campaignId);
    if (dispatches.some(({ purgedAt }) => purgedAt !== null)) return [];
    const parts: VariantPart[] = [];
    for (const { id, total } of dispatches) parts.push(...(await this.walk(tx, id, total)));
    const waiting = figuresOf(parts.filter(({ variant }) => variant === null));
    return [
      ...variants.map(({ name }, index) => ({
        name,
        ...figuresOf(parts.filter(({ variant }) => variant === index)),
      })),
      ...(waiting.recipients === 0 ? [] : [{ name: null, ...waiting }]),
    ];
  }

  /** Of the recipients of the test alone: reads the messages up to the last of them, which are the first prepared. */
  ofTest(dispatchId: string, lastStage: number, variants: readonly Variant[]): Promise<readonly Tested[]> {
    return this.reports.atOneInstant(async (tx) => {
      const upTo = await this.figures.testUpTo(tx, dispatchId, lastStage);
      const parts = (await this.walk(tx, dispatchId, upTo)).filter(({ isOwn }) => isOwn);
      return variants.map(({ name, weight }, index) => {
        const own = figuresOf(parts.filter(({ variant }) => variant === index));
        const { sent, delivered, read, replies } = own;
        return { name, weight, sent, delivered, read, replies };
      });
    });
  }

  private async walk(tx: Queryable, dispatchId: string, upTo: number): Promise<VariantPart[]> {
    const parts: VariantPart[] = [];
    for (let after = 0; after < upTo; after += SPAN) {
      parts.push(...(await this.figures.parts(tx, dispatchId, after, Math.min(after + SPAN, upTo))));
    }
    return parts;
  }
}
