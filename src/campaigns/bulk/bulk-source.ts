import type { MessageSource } from '../../ledger/message-writer.repository.js';
import { hasOpenWindow } from '../../ledger/open-windows.js';
import type { BulkMessage } from './bulk.js';

/**
 * The messages of one request as rows, in their order, each with the contact that has its number: looked up one by one
 * (LATERAL with LIMIT), for a join may be planned as a hash of all contacts. `windowed`: the channel, where it reaches
 * only people who wrote to it within 24 hours, but for templates.
 */
export function bulkSource(
  workspaceId: string,
  messages: readonly BulkMessage[],
  windowed: string | null,
): MessageSource {
  const source = sourceOf(workspaceId, messages);
  const mayBeClosed = messages.map(({ content }) => content.type !== 'template');
  if (windowed === null || !mayBeClosed.includes(true)) return source;
  const isOpen = hasOpenWindow({ workspace: '$1', recipient: 's.recipient', channels: 'ARRAY[$6::uuid]' });
  return {
    text: `
      SELECT s.*, ($5::boolean[])[s.position] AND NOT ${isOpen} AS is_closed FROM (${source.text}) AS s`,
    values: [...source.values, mayBeClosed, windowed],
    hasWindow: true,
  };
}

function sourceOf(workspaceId: string, messages: readonly BulkMessage[]): MessageSource {
  return {
    text: `
      SELECT r.position, c.id AS contact_id, r.recipient, r.variables::jsonb AS variables, r.content::jsonb AS content
      FROM unnest($2::text[], $3::text[], $4::text[]) WITH ORDINALITY AS r (recipient, variables, content, position)
      LEFT JOIN LATERAL (
        SELECT k.id FROM contacts k WHERE k.workspace_id = $1 AND k.recipient = r.recipient LIMIT 1
      ) AS c ON true`,
    values: [
      workspaceId,
      messages.map((message) => message.recipient),
      messages.map((message) => JSON.stringify(message.variables)),
      messages.map((message) => JSON.stringify(message.content)),
    ],
  };
}
