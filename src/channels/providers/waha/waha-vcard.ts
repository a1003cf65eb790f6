/** Name and numbers of a shared contact; WAHA passes the vCard on as WhatsApp has it. */
export function readVCard(card: unknown): { name: string; phones: readonly string[] } {
  // Long lines are folded: the next one begins with a blank.
  const lines = String(card)
    .replace(/\r?\n[ \t]/g, '')
    .split(/\r?\n/);
  const phones: string[] = [];
  let name = '';
  for (const line of lines) {
    const [, property = '', parameters = '', value = ''] =
      /^(?:item\d+\.)?([A-Za-z-]+)((?:;[^:]*)?):(.*)$/.exec(line) ?? [];
    if (property.toUpperCase() === 'FN') name = value.replace(/\\([,;\\])/g, '$1').trim();
    if (property.toUpperCase() === 'TEL') phones.push(phoneIn(parameters, value));
  }
  return { name, phones };
}

/** `waid` is the number as WhatsApp knows it; the value is as somebody typed it. */
function phoneIn(parameters: string, value: string): string {
  const waId = /;waid=(\d{5,20})/i.exec(parameters)?.[1];
  return waId === undefined ? value.trim() : `+${waId}`;
}
