import { StrictMode, useCallback, useState } from "react";
import { createRoot } from "react-dom/client";
import { Preferences } from "./Preferences";
import type { CourierPreferencesChange } from "./embed";
import "./host.css";

// Your backend says where the preference center is, and mints links for who is signed in.
const asked = async (path: string) => (await fetch(path, { method: "POST" })).text();

function Account({ src }: { src: string }) {
  const [last, setLast] = useState<CourierPreferencesChange>();
  const renew = useCallback(() => asked("/fresh-link"), []);
  return (
    <main>
      <h1>Your notifications</h1>
      <Preferences src={src} renew={renew} onChanged={setLast} background="transparent" />
      <p id="log" role="status">
        {last && `${last.topic ?? "many topics"}: ${last.status ?? "changed"}`}
      </p>
    </main>
  );
}

const src = await asked("/fresh-link");
await import(/* @vite-ignore */ `${new URL(src).origin}/static/js/embed.js`);
createRoot(document.getElementById("root")!).render(
  <StrictMode>
    <Account src={src} />
  </StrictMode>,
);
