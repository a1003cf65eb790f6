/** What must come of a message, beside its row and `message.received`. */
export type Effect = 'reply' | 'forward' | 'opt-out';

interface Written {
  readonly message: object;
  readonly effects: readonly Effect[];
}

const text = (body: string): object => ({ type: 'text', text: { body } });

/** Ten people in turn: two whose question is answered, one is marked, one passed on, one stops, five concern no rule. */
const TURNS: readonly Written[] = [
  { message: text('Hola, ¿cuál es su horario?'), effects: ['reply'] },
  { message: text('Gracias, ya llegó mi pedido'), effects: [] },
  { message: text('¿Me dan el precio del kit azul?'), effects: [] },
  { message: text('Buenas tardes'), effects: [] },
  { message: text('Quiero hablar con un asesor'), effects: ['forward'] },
  {
    message: { type: 'image', image: { id: '1003383421387256', mime_type: 'image/jpeg', sha256: 'x' } },
    effects: [],
  },
  { message: text('HORARIO'), effects: ['reply'] },
  { message: text('STOP'), effects: ['opt-out', 'reply'] },
  { message: text('Mañana paso por la tienda'), effects: [] },
  { message: text('👍'), effects: [] },
];

/** What the nth person writes: each writes once, so nobody is kept from an answer by one that he had. */
export function writtenBy(nth: number): Written {
  return TURNS[nth % TURNS.length]!;
}

export const RULES: readonly object[] = [
  {
    name: 'horario',
    position: 10,
    match: { type: 'keyword', words: ['horario'], where: 'anywhere' },
    actions: [
      { type: 'reply', message: 'Hola {{name}}: abrimos de 9 a 18.' },
      { type: 'tag', add: ['pregunta-horario'] },
    ],
  },
  {
    name: 'precio',
    position: 20,
    match: { type: 'keyword', words: ['precio'], where: 'anywhere' },
    actions: [
      { type: 'tag', add: ['pregunta-precio'] },
      { type: 'attribute', name: 'interes', value: 'kit azul' },
    ],
  },
  {
    name: 'asesor',
    position: 30,
    match: { type: 'regex', pattern: '\\b(asesor|humano)\\b' },
    actions: [{ type: 'forward' }],
  },
];

/** Eight digits of the nth person's number; of the statuses' messages nobody has it. */
function digitsOf(nth: number): string {
  return String(30_000_000 + nth);
}

/** As Meta writes a Mexican number, with the 1 that is not dialled any more. */
export function waIdOf(nth: number): string {
  return `52155${digitsOf(nth)}`;
}

export function recipientOf(nth: number): string {
  return `+5255${digitsOf(nth)}`;
}

export function messageIdOf(nth: number): string {
  return `wamid.in.${nth}`;
}
