import type { Address } from '@nagare/base';
import type { BrokerSettings } from './broker-settings.ts';

/** A listener: where to bind, and where its clients reach it when that was said. */
export interface ListenerSetting extends Address {
  readonly name: string;
  readonly advertised: Address | undefined;
}

/** A name with an address, as `listeners` and `advertised.listeners` hold them. */
export interface NamedAddress extends Address {
  readonly name: string;
}

/**
 * Reads `NAME://HOST:PORT`; an IPv6 host stands in brackets, and an empty one means all interfaces.
 *
 * @returns Undefined when the text has another form.
 */
export function parseListener(text: string): NamedAddress | undefined {
  const match = /^([A-Za-z0-9_.-]+):\/\/(?:\[([0-9a-fA-F:.%]+)\]|([^[\]:/]*)):(\d{1,5})$/.exec(text);
  if (match === null) return undefined;
  const port = Number(match[4]);
  if (port > 65_535) return undefined;
  return { name: (match[1] as string).toUpperCase(), host: match[2] ?? match[3] ?? '', port };
}

/** The listeners to open, in order: those of the controller are left out, for a quorum of one talks to itself. */
export function listenersOf(settings: BrokerSettings): readonly ListenerSetting[] {
  const advertised = new Map(
    (settings.advertisedListeners ?? []).flatMap((text) => {
      const listener = parseListener(text);
      return listener === undefined ? [] : [[listener.name, { host: listener.host, port: listener.port }] as const];
    }),
  );
  return settings.listeners.flatMap((text) => {
    const listener = parseListener(text);
    if (listener === undefined || isControllerListener(settings, listener.name)) return [];
    return [{ ...listener, host: listener.host || '0.0.0.0', advertised: advertised.get(listener.name) }];
  });
}

/** Where the controller is said to be. It is told, and not opened. */
export function controllerListenersOf(settings: BrokerSettings): NamedAddress[] {
  return settings.listeners.flatMap((text) => {
    const listener = parseListener(text);
    return listener !== undefined && isControllerListener(settings, listener.name) ? [listener] : [];
  });
}

export function isControllerListener(settings: BrokerSettings, name: string): boolean {
  return settings.controllerListenerNames.some((controller) => controller.toUpperCase() === name);
}
