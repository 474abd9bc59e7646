// Types of <courier-preferences>, for hosts that are written in TypeScript.
// Copy this file into your project; see docs/embedding.md.

/** What became of one topic; every field but `kept` is empty after an act on many. */
export interface CourierPreferencesChange {
  /** The topic's id at Courier; null where many topics were changed at once. */
  topic: string | null;
  status: "OPTED_IN" | "OPTED_OUT" | "REQUIRED" | null;
  /** The channels that are ticked, such as `email`. */
  channels: string[];
  /** Whether Courier is away and the choice is kept, to be delivered later. */
  kept: boolean;
}

export interface CourierPreferencesError {
  topic: string | null;
  /** The HTTP status; 0 where nobody answered, or the page may not be shown here. */
  status: number;
}

export interface CourierPreferencesEventMap {
  ready: CustomEvent<{ lang: string }>;
  change: CustomEvent<CourierPreferencesChange>;
  error: CustomEvent<CourierPreferencesError>;
  /** The link became too old: set a fresh `src`, and what was chosen is done. */
  expired: CustomEvent<Record<string, never>>;
}

export interface CourierPreferencesAttributes {
  src?: string;
  theme?: "light" | "dark" | "auto";
  lang?: string;
  topic?: string;
  background?: "transparent";
  height?: string | number;
  sandbox?: string;
  label?: string;
}

export interface CourierPreferencesElement extends HTMLElement {
  src: string;
  theme: string;
  topic: string;
  background: string;
  height: string;
  sandbox: string;
  label: string;
  addEventListener<K extends keyof CourierPreferencesEventMap>(
    type: K,
    listener: (this: CourierPreferencesElement, event: CourierPreferencesEventMap[K]) => void,
    options?: boolean | AddEventListenerOptions,
  ): void;
  addEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject,
    options?: boolean | AddEventListenerOptions,
  ): void;
  removeEventListener<K extends keyof CourierPreferencesEventMap>(
    type: K,
    listener: (this: CourierPreferencesElement, event: CourierPreferencesEventMap[K]) => void,
    options?: boolean | EventListenerOptions,
  ): void;
  removeEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject,
    options?: boolean | EventListenerOptions,
  ): void;
}

declare global {
  interface HTMLElementTagNameMap {
    "courier-preferences": CourierPreferencesElement;
  }
}
