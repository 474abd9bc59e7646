import { useEffect, useRef, type HTMLAttributes, type Ref } from "react";
import type {
  CourierPreferencesAttributes,
  CourierPreferencesChange,
  CourierPreferencesElement,
  CourierPreferencesError,
} from "./embed";

declare module "react" {
  namespace JSX {
    interface IntrinsicElements {
      "courier-preferences": HTMLAttributes<HTMLElement> &
        CourierPreferencesAttributes & { ref?: Ref<CourierPreferencesElement> };
    }
  }
}

interface Props extends CourierPreferencesAttributes {
  src: string;
  /** Asks your backend for a fresh link. */
  renew: () => Promise<string>;
  onChanged?: (change: CourierPreferencesChange) => void;
  onFailed?: (error: CourierPreferencesError) => void;
}

export function Preferences({ renew, onChanged, onFailed, ...attributes }: Props) {
  const element = useRef<CourierPreferencesElement>(null);

  useEffect(() => {
    const { current } = element;
    if (!current) return;
    const until = new AbortController();
    const { signal } = until;
    current.addEventListener("change", ({ detail }) => onChanged?.(detail), { signal });
    current.addEventListener("error", ({ detail }) => onFailed?.(detail), { signal });
    // Straight to the element: it goes on where it was, and nothing is drawn anew.
    const hand = async () => {
      current.src = await renew();
    };
    current.addEventListener("expired", () => void hand(), { signal });
    return () => until.abort();
  }, [renew, onChanged, onFailed]);

  return <courier-preferences ref={element} {...attributes} />;
}
