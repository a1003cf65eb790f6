import { Injectable } from '@nestjs/common';
import { Keyring } from '../common/keyring.js';
import { Sealing } from '../common/sealing.js';

/** Whose settings they are; sealed settings open under no other row. */
export interface SettingsOwner {
  readonly workspaceId: string;
  readonly channelId: string;
  /** Of the row; its settings where nothing is said. */
  readonly column?: 'sealed_settings' | 'sealed_webhook_secret';
}

/** A channel's settings at rest. */
@Injectable()
export class SealedSettings {
  private readonly sealing: Sealing;

  constructor(keyring: Keyring) {
    this.sealing = new Sealing(keyring.derive('channel-settings'));
  }

  seal(settings: Readonly<Record<string, unknown>>, owner: SettingsOwner): Buffer {
    return this.sealing.seal(JSON.stringify(settings), placeOf(owner));
  }

  /** Throws when the master key is another one or the value was not sealed for this row. */
  open(sealed: Buffer, owner: SettingsOwner): Readonly<Record<string, unknown>> {
    if (!this.sealing.knowsForm(sealed)) {
      throw new Error(
        `the settings of channel ${owner.channelId} are not in a form that this version can open`,
      );
    }
    const text = this.sealing.open(sealed, placeOf(owner));
    if (text === undefined) {
      throw new Error(
        `the settings of channel ${owner.channelId} do not open: CAUDAL_MASTER_KEY is not the one that sealed them, ` +
          'or they were moved here from another channel',
      );
    }
    return JSON.parse(text) as Record<string, unknown>;
  }
}

function placeOf(owner: SettingsOwner): string {
  return `channels.${owner.column ?? 'sealed_settings'}/${owner.workspaceId}/${owner.channelId}`;
}
