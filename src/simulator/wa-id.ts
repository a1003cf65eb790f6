/** Brazilian area codes from 31 up, where accounts made before the ninth digit keep their old identity. */
const FIRST_OLD_BRAZILIAN_AREA = 31;

export function digitsOf(phone: string): string {
  // The usual shape is a plus and digits; only the others pay for the replace.
  const bare = phone.charCodeAt(0) === 43 ? phone.slice(1) : phone;
  return /^\d+$/.test(bare) ? bare : phone.replace(/\D+/g, '');
}

/**
 * The account that WhatsApp knows behind a phone number. It is not always the number: Mexican mobiles carry the 1
 * that dialling has dropped, Argentine ones the 9, and old Brazilian ones lack the ninth digit.
 */
export function aliasOf(digits: string): string {
  if (/^52[^1]\d{9}$/.test(digits)) return `521${digits.slice(2)}`;
  if (/^54[^9]\d{9}$/.test(digits)) return `549${digits.slice(2)}`;
  if (/^55\d{2}9\d{8}$/.test(digits) && Number(digits.slice(2, 4)) >= FIRST_OLD_BRAZILIAN_AREA) {
    return digits.slice(0, 4) + digits.slice(5);
  }
  return digits;
}

export function waIdOf(phone: string, aliases: boolean): string {
  const digits = digitsOf(phone);
  return aliases ? aliasOf(digits) : digits;
}
