import { Injectable } from '@nestjs/common';
import type { InboundElement, PreferenceElement } from '../../channels/providers/webhook-element.js';
import { assertNever } from '../../common/assert-never.js';
import type { Queryable } from '../../database/sql.js';
import type { Waiting } from '../inbound/auto-reply.js';
import { InboundApplication } from '../inbound/inbound-application.js';
import { ChannelNews, type NewsElement } from './channel-news.js';
import { applyAroundPoison, type Poison } from './poison.js';
import { PreferenceApplication } from './preference-application.js';
import { StatusApplication } from './status-application.js';
import type { PlacedElement, StatusElement } from './webhook-body.js';

/** What became of elements that were applied together; what is in no list has been applied. */
export interface AppliedElements {
  /** Statuses whose message nothing here knows yet. */
  readonly unresolved: readonly StatusElement[];
  /** Statuses that name a message which the proven channels do not have. */
  readonly foreign: readonly StatusElement[];
  readonly poison: readonly Poison<PlacedElement>[];
  /** Where answers wait, to be rung for once the transaction is committed. */
  readonly waiting: readonly Waiting[];
}

/** Elements by what is done with them. */
interface Sorted {
  readonly inbound: PlacedElement<InboundElement>[];
  readonly news: PlacedElement<NewsElement>[];
  readonly preferences: PlacedElement<PreferenceElement>[];
  readonly statuses: StatusElement[];
}

type Apply<Part, Result> = (tx: Queryable, parts: readonly Part[]) => Promise<Result>;

/**
 * Applies the elements of many webhooks in one transaction, kind by kind: first what people want, then what became of
 * messages, and last what people wrote, whose answers lock the stream of their channel. With `isPoisoned` one of them is known to fail its statement, and is found and set apart.
 */
@Injectable()
export class ElementApplication {
  constructor(
    private readonly statuses: StatusApplication,
    private readonly preferences: PreferenceApplication,
    private readonly inbound: InboundApplication,
    private readonly news: ChannelNews,
  ) {}

  async apply(
    tx: Queryable,
    elements: readonly PlacedElement[],
    isPoisoned: boolean,
  ): Promise<AppliedElements> {
    const { inbound, news, preferences, statuses } = sorted(elements);
    const poison: Poison<PlacedElement>[] = [];
    const applied = async <Part extends PlacedElement, Result>(
      parts: readonly Part[],
      apply: Apply<Part, Result>,
    ): Promise<readonly Result[]> => {
      if (parts.length === 0) return [];
      if (!isPoisoned) return [await apply(tx, parts)];
      const isolated = await applyAroundPoison(tx, apply, parts);
      poison.push(...isolated.poison);
      return isolated.results;
    };
    await applied(preferences, (on, parts) => this.preferences.apply(on, parts));
    const results = await applied(statuses, (on, parts) => this.statuses.apply(on, parts));
    await applied(news, (on, parts) => this.news.apply(on, parts));
    const written = await applied(inbound, (on, parts) => this.inbound.apply(on, parts));
    return {
      unresolved: results.flatMap((result) => result.unresolved),
      foreign: results.flatMap((result) => result.foreign),
      poison,
      waiting: written.flat(),
    };
  }
}

function sorted(elements: readonly PlacedElement[]): Sorted {
  const kinds: Sorted = { inbound: [], news: [], preferences: [], statuses: [] };
  for (const element of elements) {
    const { update } = element;
    switch (update.kind) {
      case 'preference':
        kinds.preferences.push({ ...element, update });
        break;
      case 'inbound':
        kinds.inbound.push({ ...element, update });
        break;
      case 'status':
        kinds.statuses.push(element as StatusElement);
        break;
      case 'session':
      case 'template':
      case 'standing':
        kinds.news.push({ ...element, update });
        break;
      default:
        assertNever(update);
    }
  }
  return kinds;
}
