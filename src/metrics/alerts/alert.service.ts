import { Injectable } from '@nestjs/common';
import type { Principal } from '../../auth/principal.js';
import { DomainError } from '../../common/domain-error.js';
import { decodeCursor, pageOf, type Page } from '../../common/page.js';
import { AlertRepository, type Alert } from './alert.repository.js';

const ID = /^[1-9]\d{0,17}$/;

@Injectable()
export class AlertService {
  constructor(private readonly alerts: AlertRepository) {}

  async list(workspaceId: string, lasting: boolean, limit: number, cursor?: string): Promise<Page<Alert>> {
    const before = decodeCursor(cursor, (key): key is string => typeof key === 'string' && ID.test(key));
    const rows = await this.alerts.list(workspaceId, lasting, before, limit + 1);
    return pageOf(
      rows,
      limit,
      ({ id }) => id,
      (alert) => alert,
    );
  }

  /** By the name of the key. Again changes nothing. */
  async acknowledge({ workspaceId, keyName }: Principal, id: string): Promise<Alert> {
    const alert = ID.test(id) ? await this.alerts.acknowledge(workspaceId, id, keyName) : null;
    if (alert === null) {
      throw new DomainError('missing', 'alert_not_found', `There is no alert ${id} in this workspace.`);
    }
    return alert;
  }
}
