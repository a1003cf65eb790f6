const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
/** As Postgres writes it, to the microsecond. */
const INSTANT = /^\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}:\d{2}(?:\.\d{1,6})?(?:Z|[+-]\d{2}(?::?\d{2})?)$/;

/** What a cursor may hold where a list is walked by id: anything else would be an error of Postgres. */
export function isUuidKey(key: unknown): key is string {
  return typeof key === 'string' && UUID.test(key);
}

/** Where a list is walked by when things were made, and by id where that is the same. */
export function isInstantAndUuid(key: unknown): key is readonly [string, string] {
  if (!Array.isArray(key) || key.length !== 2) return false;
  const [instant, id] = key as unknown[];
  return (
    typeof instant === 'string' &&
    INSTANT.test(instant) &&
    !Number.isNaN(Date.parse(instant)) &&
    isUuidKey(id)
  );
}
