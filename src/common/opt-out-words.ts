export type Language = 'es' | 'pt' | 'en';
type Words = Readonly<Record<Language, readonly string[]>>;

/**
 * What people write to be written to no more: what carriers and Meta teach them, and what they say of their own accord.
 * A language is its first home. As plainWords has them.
 */
export const STOP_WORDS: Words = {
  es: [
    'baja',
    'dar de baja',
    'darme de baja',
    'dame de baja',
    'quiero darme de baja',
    'no enviar',
    'no enviar mas',
    'no me escriban',
    'no me escriban mas',
    'no mas mensajes',
    'no quiero recibir mensajes',
    'no quiero mas mensajes',
    'cancelar suscripcion',
    'desuscribir',
    'desuscribirme',
    'alto',
    'detener',
  ],
  pt: [
    'sair',
    'pare',
    'parar',
    'descadastrar',
    'cancelar',
    'cancelar inscricao',
    'remover',
    'nao enviar',
    'nao enviar mais',
    'nao quero receber',
    'nao quero receber mensagens',
  ],
  en: [
    'stop',
    'stop all',
    'stopall',
    'stop promotions',
    'unsubscribe',
    'end',
    'quit',
    'opt out',
    'optout',
    'remove me',
  ],
};

/** The way back. */
export const RESUME_WORDS: Words = {
  es: ['alta', 'darme de alta', 'dar de alta', 'suscribir', 'suscribirme', 'reanudar'],
  pt: ['voltar', 'inscrever', 'quero receber', 'quero receber mensagens'],
  en: ['start', 'unstop', 'subscribe', 'opt in', 'optin', 'resume promotions'],
};

/** As two people would call the same word: no case, accents, punctuation, pictures or double gaps. */
export function plainWords(text: string): string {
  return text
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();
}
