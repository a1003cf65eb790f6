import { plainWords, RESUME_WORDS, STOP_WORDS, type Language } from '../../common/opt-out-words.js';

/** What a whole message may say to stop or to resume being written to. */
export interface ConsentWord {
  readonly wants: 'stop' | 'resume';
  /** Null where the word is of the deployment's own list. */
  readonly language: Language | null;
}

/** The words of a deployment; a list of its own takes the place of the built-in one. */
export class ConsentWords {
  private readonly words = new Map<string, ConsentWord>();
  private readonly longest: number;

  constructor(ownStop: readonly string[], ownResume: readonly string[]) {
    this.learn('stop', ownStop, STOP_WORDS);
    this.learn('resume', ownResume, RESUME_WORDS);
    // Accents and punctuation make a message longer than its words: a factor leaves room for them.
    this.longest = 4 * Math.max(0, ...[...this.words.keys()].map((word) => word.length));
  }

  /** Null for a message that says anything more, or anything else. */
  find(text: string): ConsentWord | null {
    if (text.length > this.longest) return null;
    return this.words.get(plainWords(text)) ?? null;
  }

  private learn(wants: ConsentWord['wants'], own: readonly string[], builtIn: typeof STOP_WORDS): void {
    if (own.length > 0) for (const word of own) this.words.set(plainWords(word), { wants, language: null });
    else
      for (const language of ['es', 'pt', 'en'] as const)
        for (const word of builtIn[language]) this.words.set(word, { wants, language });
    this.words.delete('');
  }
}

/** What people are answered, in the language of their word. */
export const CONSENT_REPLIES: Readonly<Record<ConsentWord['wants'], Readonly<Record<Language, string>>>> = {
  stop: {
    es: 'Listo: no le enviaremos más mensajes. Si cambia de opinión, responda ALTA.',
    pt: 'Pronto: não enviaremos mais mensagens. Se mudar de ideia, responda VOLTAR.',
    en: 'Done: we will not send you any more messages. If you change your mind, reply START.',
  },
  resume: {
    es: 'Listo: volverá a recibir nuestros mensajes. Para dejar de recibirlos, responda BAJA.',
    pt: 'Pronto: você voltará a receber nossas mensagens. Para deixar de receber, responda SAIR.',
    en: 'Done: you will receive our messages again. To stop them, reply STOP.',
  },
};
