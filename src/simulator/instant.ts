/** Epoch milliseconds with microseconds in the fraction; it never goes backwards, so windows are measured on it. */
export function instantMs(): number {
  return performance.timeOrigin + performance.now();
}
