import { Injectable } from '@nestjs/common';
import { DomainError } from '../../common/domain-error.js';
import type { PriceList } from './preflight-cost.js';
import { PriceListRepository } from './price-list.repository.js';

/** What a workspace says that messages cost it; estimates are made of it, nothing else. */
@Injectable()
export class PriceListService {
  constructor(private readonly lists: PriceListRepository) {}

  find(workspaceId: string): Promise<PriceList | null> {
    return this.lists.find(workspaceId);
  }

  /** The list as a whole takes the place of the one before. */
  async replace(workspaceId: string, list: PriceList, by: string): Promise<PriceList> {
    const seen = new Set<string>();
    for (const [index, { country, category }] of list.prices.entries()) {
      const key = `${country} ${category}`;
      if (seen.has(key)) throw twice(index, key);
      seen.add(key);
    }
    await this.lists.replace(workspaceId, list, by);
    return list;
  }
}

function twice(index: number, key: string): DomainError {
  const detail = `prices has "${key}" twice; each country and category has one price`;
  return new DomainError('invalid', 'validation_failed', detail, {
    errors: [{ pointer: `/prices/${index}`, detail }],
  });
}
