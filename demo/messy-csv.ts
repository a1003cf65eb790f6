import { SeededRandom } from '../src/simulator/seeded-random.js';
import { badNumber, phoneOf, pick, type Phone } from './messy-numbers.js';

/** What the file holds, known beforehand: an import must find exactly this. */
export interface MessyCounts {
  /** Valid, and all different. */
  readonly contacts: number;
  /** A number that is in the file already, spelt in another way. */
  readonly duplicates: number;
  readonly badNumbers: number;
}

const DUPLICATE_RATE = 0.03;
const BAD_RATE = 0.02;
/** Duplicates stand some rows below their first. */
const REMEMBERED = 200;
const BYTE_ORDER_MARK = '\uFEFF';
const HEADER = 'Teléfono;Nombre;Ciudad;Saldo';

const FIRST_NAMES = [
  ['María José', 'José Ángel', 'Sofía', 'Iñaki', 'Lucía', 'Ramón', 'Begoña', 'Andrés', 'João', 'Conceição'],
  ['Ximena', 'Raúl', 'Itzel', 'Tomás', 'Verónica', 'Óscar', 'Noemí', 'Martín', 'Zoë', 'Nicolás'],
].flat();
const LAST_NAMES = [
  ['Hernández', 'Núñez', 'García', 'Muñoz', 'Gómez', 'Peña', 'Rodríguez', 'Ibáñez', 'Araújo', 'Güemes'],
  ['López', 'Ordóñez', 'Cárdenas', 'Ávila', 'Quiñones', 'Benítez', 'Simões', 'Domínguez', 'Vélez', 'Páez'],
].flat();
const CITIES = [
  ['Ciudad de México', 'Mérida', 'Querétaro', 'San Luis Potosí', 'León', 'Monterrey', 'Cancún', 'Bogotá'],
  ['Medellín', 'Córdoba', 'Tucumán', 'São Paulo', 'Brasília', 'Juchitán; Oaxaca', ''],
].flat();

/**
 * A list as people export it: byte order mark, semicolons, CRLF, accents, quotes, empty cells, numbers of four
 * countries in many spellings, the same number twice, numbers that are none. Same seed, same list. Yields a line at
 * a time and returns what the list held, so that a million rows take no memory.
 */
export function* messyCsv(contacts: number, seed: number): Generator<string, MessyCounts> {
  const random = new SeededRandom(seed);
  const offset = Math.floor(random.next() * 1_000_000);
  const recent: { phone: Phone; spelling: string }[] = [];
  let duplicates = 0;
  let badNumbers = 0;
  yield `${BYTE_ORDER_MARK}${HEADER}\r\n`;
  for (let person = 0; person < contacts; person++) {
    const phone = phoneOf(person, offset, random);
    const spelling = phone.spelling(random);
    yield row(spelling, random);
    recent[person % REMEMBERED] = { phone, spelling };
    // However short the list, it has one of each.
    const isLast = person === contacts - 1;
    if (random.chance(DUPLICATE_RATE) || (isLast && duplicates === 0)) {
      const first = pick(recent, random);
      yield row(first.phone.otherSpelling(first.spelling, random), random);
      duplicates++;
    }
    if (random.chance(BAD_RATE) || (isLast && badNumbers === 0)) {
      yield row(badNumber(random), random);
      badNumbers++;
    }
  }
  return { contacts, duplicates, badNumbers };
}

function row(phone: string, random: SeededRandom): string {
  return `${[phone, name(random), pick(CITIES, random), balance(random)].map(cell).join(';')}\r\n`;
}

function name(random: SeededRandom): string {
  const first = pick(FIRST_NAMES, random);
  const last = pick(LAST_NAMES, random);
  const draw = random.next();
  if (draw < 0.05) return '';
  if (draw < 0.1) return `${first} "${first.slice(0, 3)}" ${last}`;
  if (draw < 0.15) return `${last}; ${first}`;
  if (draw < 0.25) return `${first} ${last}`.toUpperCase();
  return draw < 0.35 ? ` ${first}  ${last} ` : `${first} ${last}`;
}

/** As in Mexico, as in Argentina, or with the currency before it. */
function balance(random: SeededRandom): string {
  const cents = String(Math.floor(random.next() * 100)).padStart(2, '0');
  const units = Math.floor(random.next() * 20_000);
  return pick([`${units}.${cents}`, `${units},${cents}`, `$${units.toLocaleString('en')}.${cents}`], random);
}

function cell(text: string): string {
  return /[";\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
