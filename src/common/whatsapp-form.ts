/** As WhatsApp writes the numbers of the three countries whose mobiles have, or had, one digit more or less. */
export function whatsAppForm(e164: string): string {
  if (/^\+521\d{10}$/.test(e164)) return `+52${e164.slice(4)}`;
  if (/^\+54[1-8]\d{9}$/.test(e164)) return `+549${e164.slice(3)}`;
  if (/^\+55\d\d[6-9]\d{7}$/.test(e164)) return `${e164.slice(0, 5)}9${e164.slice(5)}`;
  return e164;
}
