import { describe, expect, it } from 'vitest';
import { numberZones, zoneOfNumber } from './number-zones.js';

describe('the zone of a number', () => {
  it.each([
    ['+525512345678', 'America/Mexico_City'],
    ['+526641234567', 'America/Tijuana'],
    ['+526621234567', 'America/Hermosillo'],
    ['+526141234567', 'America/Chihuahua'],
    ['+529981234567', 'America/Cancun'],
    ['+12125550123', 'America/New_York'],
    ['+14155550123', 'America/Los_Angeles'],
    ['+18085550123', 'Pacific/Honolulu'],
    ['+17095550123', 'America/St_Johns'],
    ['+18095550123', 'America/Santo_Domingo'],
    ['+5511987654321', 'America/Sao_Paulo'],
    ['+556881234567', 'America/Rio_Branco'],
    ['+34600111222', 'Europe/Madrid'],
    ['+79161234567', 'Europe/Moscow'],
    ['+77011234567', 'Asia/Almaty'],
    ['+61412345678', 'Australia/Sydney'],
    ['+573001234567', 'America/Bogota'],
  ])('%s is %s', (recipient, zone) => {
    expect(zoneOfNumber(recipient)).toBe(zone);
  });

  it('is none where the recipient is no number', () => {
    expect(zoneOfNumber('wa:abc')).toBeNull();
  });

  it('is one that this Node knows, for every entry', () => {
    for (const zone of new Set(Object.values(numberZones())))
      expect(() => new Intl.DateTimeFormat('en', { timeZone: zone }), zone).not.toThrow();
  });
});
