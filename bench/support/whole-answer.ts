const END_OF_HEAD = Buffer.from('\r\n\r\n');

/** Whether all of an answer with a length has come. */
export function isWhole(answer: Buffer): boolean {
  const headEnd = answer.indexOf(END_OF_HEAD);
  if (headEnd === -1) return false;
  const length = /content-length: (\d+)/i.exec(answer.toString('latin1', 0, headEnd))?.[1];
  return answer.length >= headEnd + END_OF_HEAD.length + Number(length ?? 0);
}

export function statusOf(answer: Buffer): number {
  return Number(answer.toString('latin1', 9, 12));
}
