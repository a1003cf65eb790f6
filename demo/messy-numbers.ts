import type { SeededRandom } from '../src/simulator/seeded-random.js';

/** Country of the numbers that are written without one. */
export const HOME_COUNTRY = 'MX';

/** Ways in which one number is written; the person is the same in all of them. */
type Spelling = (digits: string) => string;

interface Country {
  /** Of a hundred contacts. */
  readonly share: number;
  /** Seven digits, different for every person, become the subscriber number of a mobile phone. */
  readonly subscriber: (seven: string, lead: number) => string;
  readonly spellings: readonly Spelling[];
}

const MEXICO: Country = {
  share: 70,
  subscriber: (seven, lead) => `${['55', '33', '81', '22', '99'][lead % 5]}${1 + (lead % 9)}${seven}`,
  spellings: [
    (n) => `+52 1 ${n.slice(0, 2)} ${n.slice(2, 6)} ${n.slice(6)}`,
    (n) => n,
    (n) => `${n.slice(0, 2)} ${n.slice(2, 6)} ${n.slice(6)}`,
    (n) => `(${n.slice(0, 2)}) ${n.slice(2, 6)}-${n.slice(6)}`,
    (n) => `+52${n}`,
    (n) => `521${n}`,
    (n) => `044 ${n.slice(0, 2)} ${n.slice(2, 6)} ${n.slice(6)}`,
    (n) => `+52-${n.slice(0, 2)}-${n.slice(2, 6)}-${n.slice(6)}`,
  ],
};

/** Between the country and the area, people here forget the mobile 9. */
const ARGENTINA: Country = {
  share: 10,
  subscriber: (seven, lead) => `11${2 + (lead % 6)}${seven}`,
  spellings: [
    (n) => `+54 9 ${n.slice(0, 2)} ${n.slice(2, 6)}-${n.slice(6)}`,
    (n) => `+54 ${n.slice(0, 2)} ${n.slice(2, 6)} ${n.slice(6)}`,
    (n) => `+549${n}`,
  ],
};

/** Older lists have the mobile numbers of Brazil without their ninth digit. */
const BRAZIL: Country = {
  share: 10,
  subscriber: (seven, lead) => `${['11', '21', '31', '71'][lead % 4]}${6 + (lead % 4)}${seven}`,
  spellings: [
    (n) => `+55 (${n.slice(0, 2)}) 9${n.slice(2, 6)}-${n.slice(6)}`,
    (n) => `+55 ${n.slice(0, 2)} ${n.slice(2, 6)}-${n.slice(6)}`,
    (n) => `0055 ${n.slice(0, 2)} 9${n.slice(2)}`,
  ],
};

const COLOMBIA: Country = {
  share: 10,
  subscriber: (seven, lead) => `3${['00', '10', '15', '20'][lead % 4]}${seven}`,
  spellings: [
    (n) => `+57 ${n.slice(0, 3)} ${n.slice(3, 6)} ${n.slice(6)}`,
    (n) => `+57-${n.slice(0, 3)}-${n.slice(3)}`,
    (n) => `+57${n}`,
  ],
};

const COUNTRIES = [MEXICO, ARGENTINA, BRAZIL, COLOMBIA];

const BAD_NUMBERS: readonly ((random: SeededRandom) => string)[] = [
  () => '',
  () => 'no tiene',
  () => 'S/N',
  () => '5.51235E+09',
  (random) => `55 12${digit(random)}`,
  (random) => `+52 55 1234 567${digit(random)} ext 10${digit(random)}`,
  (random) => `+999 5512 34${digit(random)}5`,
  (random) => `5512-XXXX-${digit(random)}${digit(random)}`,
];

/** Coprime with ten million: every index below that gives other seven digits, in no visible order. */
const STRIDE = 7_654_321;
const SEVEN_DIGITS = 10_000_000;

/** A made-up phone, spelt anew at each call. */
export interface Phone {
  spelling(random: SeededRandom): string;
  /** Surely another spelling than the one before. */
  otherSpelling(spelling: string, random: SeededRandom): string;
}

/** The phone of the nth person of a list; below ten million, no two are the same. */
export function phoneOf(person: number, offset: number, random: SeededRandom): Phone {
  const seven = String((person * STRIDE + offset) % SEVEN_DIGITS).padStart(7, '0');
  const country = drawCountry(random);
  const digits = country.subscriber(seven, Math.floor(random.next() * 1000));
  const spelling = (by: SeededRandom) => pick(country.spellings, by)(digits);
  return {
    spelling,
    otherSpelling: (known, by) => {
      let other = spelling(by);
      while (other === known) other = spelling(by);
      return other;
    },
  };
}

/** What stands in the column of the phone and is none. */
export function badNumber(random: SeededRandom): string {
  return pick(BAD_NUMBERS, random)(random);
}

export function pick<T>(choices: readonly T[], random: SeededRandom): T {
  return choices[Math.floor(random.next() * choices.length)]!;
}

function drawCountry(random: SeededRandom): Country {
  let draw = random.next() * 100;
  return COUNTRIES.find((country) => (draw -= country.share) < 0) ?? MEXICO;
}

function digit(random: SeededRandom): string {
  return String(Math.floor(random.next() * 10));
}
