import { Injectable } from '@nestjs/common';
import { BellRinger } from './bell-ringer.js';

/** Between two bells of one stream. A message waits for the slots of its channel longer than this where so many come. */
const REST_MS = 50;

/**
 * The bells of single messages: the first at once, and while commits keep coming one each 50 ms. Each bell is a turn
 * with a lease, a grant, a barrier and a settle, whether for three messages or thirty; what is committed meanwhile
 * joins the batch that waits. A bell that dies with its process is rung by the tick.
 */
@Injectable()
export class StreamBells {
  private readonly resting = new Map<string, { isAsked: boolean }>();

  constructor(private readonly ringer: BellRinger) {}

  ring(dispatchId: string, channelId: string): void {
    const key = `${dispatchId} ${channelId}`;
    const rest = this.resting.get(key);
    if (rest !== undefined) {
      rest.isAsked = true;
      return;
    }
    const newRest = { isAsked: false };
    this.resting.set(key, newRest);
    void this.ringer.ring(dispatchId, channelId, 1);
    setTimeout(() => {
      this.resting.delete(key);
      if (newRest.isAsked) this.ring(dispatchId, channelId);
    }, REST_MS).unref();
  }
}
