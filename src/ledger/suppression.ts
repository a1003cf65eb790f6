/** What a message is for; decides which suppressions stop it. */
export const MESSAGE_CATEGORIES = ['marketing', 'utility', 'authentication', 'service'] as const;
export type MessageCategory = (typeof MESSAGE_CATEGORIES)[number];

/** `all` is what STOP means: everything but codes that a person asked for and answers to what they wrote. */
export const SUPPRESSION_CATEGORIES = ['all', ...MESSAGE_CATEGORIES] as const;
export type SuppressionCategory = (typeof SUPPRESSION_CATEGORIES)[number];

/** The suppressions that stop a message of this category. */
export function suppressionsThatStop(category: MessageCategory): readonly SuppressionCategory[] {
  return category === 'authentication' || category === 'service' ? [category] : ['all', category];
}
