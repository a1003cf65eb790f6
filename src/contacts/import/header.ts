import type { CountryCode } from 'libphonenumber-js';
import { canonicalRecipient } from '../../common/recipient.js';
import { isPhoneName } from './column-plan.js';

const DIGITS_OF_A_PHONE = 7;

/** A header names things; a first row that holds a phone number is a contact already. */
export function isHeader(cells: readonly string[], defaultCountry?: CountryCode): boolean {
  return cells.some(isPhoneName) || phoneColumnOf(cells, defaultCountry) < 0;
}

/** The first cell that could be a phone number, well written or not; -1 when there is none. */
export function phoneColumnOf(cells: readonly string[], defaultCountry?: CountryCode): number {
  return cells.findIndex((cell) => looksDialled(cell.trim()) || canonicalRecipient(cell, defaultCountry).ok);
}

function looksDialled(text: string): boolean {
  return /^[+(]?[\d\s()./-]+$/.test(text) && text.replace(/\D/g, '').length >= DIGITS_OF_A_PHONE;
}
