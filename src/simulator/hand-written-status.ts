import { ControlFields, ControlProblem } from './control-fields.js';
import { instantMs } from './instant.js';
import type { Ledger } from './ledger.js';
import type { NumberRegistry } from './number-registry.js';
import type { SendingNumber } from './sending-number.js';
import { renderStatus } from './status-render.js';
import { digitsOf } from './wa-id.js';

interface WrittenStatus {
  number: SendingNumber;
  status: string;
}

/**
 * One status, or `statuses: […]`: `{ phoneNumberId?, id, status, code?, recipientId?, callbackData?, timestamp? }`. For
 * an id of this ledger the rest is known; any other id needs the number and the recipient. Words are not checked:
 * the receiver must live with words it has never seen.
 */
export function readStatuses(
  fields: ControlFields,
  numbers: NumberRegistry,
  ledger: Ledger,
): WrittenStatus[] {
  const many = fields.objects('statuses');
  if (many) fields.refuseOthers();
  return (many ?? [fields]).map((one) => readStatus(one, numbers, ledger));
}

function readStatus(fields: ControlFields, numbers: NumberRegistry, ledger: Ledger): WrittenStatus {
  const id = fields.requiredText('id');
  const row = ledger.rowOf(id);
  const phoneNumberId = fields.text('phoneNumberId');
  const number =
    phoneNumberId === undefined && row !== undefined
      ? numbers.all[ledger.log.number[row]!]!
      : numbers.required(phoneNumberId ?? missing('phoneNumberId', id));
  const recipient = fields.text('recipientId');
  const recipientId =
    recipient === undefined
      ? row === undefined
        ? missing('recipientId', id)
        : ledger.waId(row)
      : digitsOf(recipient);
  const callbackData =
    fields.text('callbackData') ?? (row === undefined ? undefined : ledger.log.callbackData(row));
  const errorCode = fields.integer('code');
  const status = renderStatus({
    id,
    status: fields.requiredText('status'),
    timestampSeconds: fields.integer('timestamp') ?? Math.floor(instantMs() / 1000),
    recipientId,
    category: 'marketing',
    ...(callbackData !== undefined && { callbackData }),
    ...(errorCode !== undefined && { errorCode }),
  });
  fields.refuseOthers();
  return { number, status };
}

function missing(field: string, id: string): never {
  throw new ControlProblem(400, `${field} is missing, and id ${id} is not one that this ledger gave`, field);
}
