const MOST_CHARACTERS = 200;
const LEAST_SECRET_CHARACTERS = 4;
/** However it is grouped; dates and times that look like one go with them. */
const PHONE_NUMBER = /\+?\d(?:[\s().-]{0,2}\d){4,}/g;

/**
 * The service's own words as they may be kept: without numbers of people, without what it was given in confidence,
 * and not at all where they repeat the message.
 */
export class OwnWords {
  private readonly secrets: readonly string[];

  constructor(secrets: readonly string[]) {
    // "Bearer abc" may come back as "abc" alone.
    this.secrets = secrets
      .flatMap((secret) => [secret, ...secret.split(' ')])
      .filter((secret) => secret.length >= LEAST_SECRET_CHARACTERS)
      .toSorted((a, b) => b.length - a.length);
  }

  /** Empty where nothing may be kept. */
  kept(words: string, sentText: string | undefined): string {
    if (sentText !== undefined && sentText.trim() !== '' && words.includes(sentText.trim())) return '';
    let kept = words;
    for (const secret of this.secrets) kept = kept.replaceAll(secret, '…');
    kept = kept.replaceAll(PHONE_NUMBER, '…').replaceAll(/\s+/g, ' ').trim();
    return kept.length > MOST_CHARACTERS ? `${kept.slice(0, MOST_CHARACTERS)}…` : kept;
  }

  /** Ends a sentence with them. */
  after(sentence: string, words: string, sentText: string | undefined): string {
    const kept = this.kept(words, sentText).replace(/[.\s]+$/, '');
    return kept === '' ? sentence : `${sentence.replace(/\.$/, '')}: "${kept}".`;
  }
}
