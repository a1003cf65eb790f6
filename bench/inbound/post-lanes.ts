import { connect, type Socket } from 'node:net';
import { isWhole, statusOf } from '../support/whole-answer.js';

/** One connection: a post at a time. */
interface Lane {
  readonly socket: Socket;
  got: Buffer;
  answered: ((status: number) => void) | undefined;
}

/** Posts over kept-alive connections, in the order in which they are asked for, each as soon as one is free. */
export class PostLanes {
  private readonly free: Lane[] = [];
  private readonly waiting: { request: Buffer; answered: (status: number) => void }[] = [];
  private readonly sockets: Socket[] = [];

  static async open(port: number, connections: number): Promise<PostLanes> {
    const lanes = new PostLanes();
    await Promise.all(Array.from({ length: connections }, () => lanes.connect(port)));
    return lanes;
  }

  post(request: Buffer): Promise<number> {
    return new Promise((answered) => {
      const lane = this.free.pop();
      if (lane === undefined) this.waiting.push({ request, answered });
      else write(lane, request, answered);
    });
  }

  close(): void {
    for (const socket of this.sockets) socket.destroy();
  }

  private async connect(port: number): Promise<void> {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject));
    // What is cut now is a fault of the run, and ends it.
    socket.removeAllListeners('error');
    const lane: Lane = { socket, got: Buffer.alloc(0), answered: undefined };
    socket.on('data', (chunk: Buffer) => {
      lane.got = lane.got.length === 0 ? chunk : Buffer.concat([lane.got, chunk]);
      if (isWhole(lane.got)) this.next(lane);
    });
    this.sockets.push(socket);
    this.free.push(lane);
  }

  private next(lane: Lane): void {
    lane.answered?.(statusOf(lane.got));
    const post = this.waiting.shift();
    if (post === undefined) this.free.push(lane);
    else write(lane, post.request, post.answered);
  }
}

function write(lane: Lane, request: Buffer, answered: (status: number) => void): void {
  lane.got = Buffer.alloc(0);
  lane.answered = answered;
  lane.socket.write(request);
}
