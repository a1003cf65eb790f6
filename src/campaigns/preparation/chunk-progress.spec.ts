import { describe, expect, it } from 'vitest';
import { CHUNK_ROWS, chunkProgress } from './chunk-progress.js';

const STATE = { cursor: '100', until: '900000' };

describe('preparing an audience, after a chunk', () => {
  it('goes on behind the last row of a full one, wherever its stretch ended', () => {
    const full = { rows: CHUNK_ROWS, lastPosition: '40000' };
    expect(chunkProgress(STATE, '100100', full)).toEqual({ cursor: '40000', isLast: false });
    expect(chunkProgress(STATE, STATE.until, full)).toEqual({ cursor: '40000', isLast: false });
  });

  it('goes on behind a stretch that held few, or nobody', () => {
    expect(chunkProgress(STATE, '100100', { rows: 3, lastPosition: '777' })).toEqual({
      cursor: '100100',
      isLast: false,
    });
    expect(chunkProgress(STATE, '100100', { rows: 0, lastPosition: null })).toEqual({
      cursor: '100100',
      isLast: false,
    });
  });

  it('has ended with the stretch that ends where the audience does', () => {
    expect(chunkProgress(STATE, STATE.until, { rows: 3, lastPosition: '777' })).toEqual({
      cursor: '777',
      isLast: true,
    });
    expect(chunkProgress(STATE, STATE.until, { rows: 0, lastPosition: null })).toEqual({
      cursor: '100',
      isLast: true,
    });
  });
});
