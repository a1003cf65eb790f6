import { Injectable, type MessageEvent } from '@nestjs/common';
import { distinctUntilChanged, exhaustMap, map, mergeMap, takeWhile, timer, type Observable } from 'rxjs';
import { importDtoOf } from './import.dto.js';
import { ImportService } from './import.service.js';

/** At most four a second. */
const LOOK_EVERY_MS = 250;

/** Read from Postgres, so that any process can tell of an import that another one runs. */
@Injectable()
export class ImportProgress {
  constructor(private readonly imports: ImportService) {}

  events(workspaceId: string, id: string): Observable<MessageEvent> {
    return timer(0, LOOK_EVERY_MS).pipe(
      exhaustMap(async () => importDtoOf(await this.imports.get(workspaceId, id))),
      distinctUntilChanged((a, b) => JSON.stringify(a) === JSON.stringify(b)),
      takeWhile((progress) => progress.status === 'running', true),
      mergeMap((progress) =>
        progress.status === 'running'
          ? [{ type: 'progress', progress }]
          : [
              { type: 'progress', progress },
              { type: 'end', progress },
            ],
      ),
      map(({ type, progress }) => ({ type, data: progress })),
    );
  }
}
