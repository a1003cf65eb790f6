/** How contacts may be read once, and how the suppressions of a workspace: one way is as cheap as another. */
const WAYS_TO_CONTACTS = [[], ['contacts_pkey'], ['contacts_recipient'], ['contacts_tags']];
const WAYS_TO_SUPPRESSIONS = [[], ['suppressions_newest'], ['suppressions_pkey']];

/** The plan of a statement that reads contacts and suppressions once, and looks things up by these indexes besides. */
export function onePass(...looks: string[]) {
  const ways = WAYS_TO_CONTACTS.flatMap((contacts) =>
    WAYS_TO_SUPPRESSIONS.map((suppressions) => [...new Set([...contacts, ...suppressions, ...looks])]),
  );
  return {
    indexes: looks,
    orIndexes: ways,
    wholeTables: ['contacts', 'suppressions'],
    mostBuffers: 25_000,
    mostBuffersUnanalysed: 1_500_000,
    maySpill: true as const,
  };
}
