import { Injectable } from '@nestjs/common';
import type { MessageContent } from '../channels/providers/message-content.js';
import { compileContent } from '../channels/render-content.js';
import { hasVariants, type Dispatch, type PendingMessage } from '../ledger/dispatch.js';
import { DispatchRepository } from '../ledger/dispatch.repository.js';

export interface KnownDispatch {
  readonly dispatch: Dispatch;
  readonly render: (row: PendingMessage) => MessageContent;
}

const MOST_KEPT = 500;

/** Dispatches never change after they were made, so a worker reads and compiles each once. */
@Injectable()
export class DispatchCache {
  private readonly kept = new Map<string, KnownDispatch>();

  constructor(private readonly repository: DispatchRepository) {}

  async get(dispatchId: string): Promise<KnownDispatch | null> {
    const kept = this.kept.get(dispatchId);
    if (kept !== undefined) return kept;
    const dispatch = await this.repository.find(dispatchId);
    if (dispatch === null) return null;
    const known = { dispatch, render: renderOf(dispatch) };
    if (this.kept.size >= MOST_KEPT) this.kept.delete(this.kept.keys().next().value!);
    this.kept.set(dispatchId, known);
    return known;
  }
}

/** A dispatch has one content for all its rows, or one for each variant; the rows of a stream bring their own. */
function renderOf(dispatch: Dispatch): (row: PendingMessage) => MessageContent {
  if (dispatch.content === null) {
    return (row) => compileContent(row.content as MessageContent)(row.variables);
  }
  if (hasVariants(dispatch)) return renderVariant(dispatch);
  const compiled = compileContent(dispatch.content as MessageContent);
  return (row) => compiled(row.variables);
}

function renderVariant({ id, content }: Dispatch): (row: PendingMessage) => MessageContent {
  const compiled = (content as readonly MessageContent[]).map(compileContent);
  return (row) => {
    const render = compiled[row.variant ?? -1];
    if (render === undefined) throw new Error(`message ${id}-${row.seq} has no variant`);
    return render(row.variables);
  };
}
