/** Whether lists and objects stand in each other deeper than this. Walks without recursion: it may be a bomb. */
export function isNestedDeeper(value: unknown, levels: number): boolean {
  let layer = [value].filter(isParent);
  for (let depth = 0; layer.length > 0; depth += 1) {
    if (depth === levels) return true;
    layer = layer.flatMap((parent) => Object.values(parent).filter(isParent));
  }
  return false;
}

function isParent(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
