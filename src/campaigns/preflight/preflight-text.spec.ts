import { describe, expect, it } from 'vitest';
import { STOP_WORDS } from '../../common/opt-out-words.js';
import { findingsIn } from './preflight-text.js';

const lacksOptOut = (text: string, own: readonly string[] = []): boolean =>
  findingsIn({ type: 'text', text }, own).lacksOptOut;

describe('how a text says that one may opt out', () => {
  it.each([
    'Para dejar de recibir mensajes responda BAJA.',
    'Si no desea recibirlos: salir',
    'Envie SAIR para não receber mais',
    'Reply STOP to unsubscribe',
    'Text opt-out at any time',
    '¿No más mensajes? Escríbanos.',
    'Responda "cancelar inscrição"',
  ])('"%s" says it', (text) => {
    expect(lacksOptOut(text)).toBe(false);
  });

  it.each([
    'Ofertas hasta el end de mayo',
    'Nivel alto de servicio',
    'Compre agora e pare de pagar caro',
    'Nonstop hits, bajada de precios',
    'Hola Ana',
  ])('"%s" does not', (text) => {
    expect(lacksOptOut(text)).toBe(true);
  });

  it('counts the words of a deployment, however they are written', () => {
    expect(lacksOptOut('Escriba "Ya basta" y listo')).toBe(true);
    expect(lacksOptOut('Escriba "Ya basta" y listo', ['YA BASTA'])).toBe(false);
  });

  it('knows every word that stops messages, but for those that stand in any text', () => {
    const unknown = Object.values(STOP_WORDS)
      .flat()
      .filter((word) => lacksOptOut(`Responda ${word}.`));
    expect(unknown.toSorted()).toEqual(['alto', 'detener', 'end', 'pare', 'quit', 'remover']);
  });
});
