// Courier's React component as its documentation shows it, but for the address.
import { CourierPreferences, useCourier } from "@trycourier/courier-react";
import { useEffect } from "react";
import { createRoot } from "react-dom/client";

const signedIn = JSON.parse(document.getElementById("signed-in").textContent);

function Preferences() {
  const courier = useCourier();
  useEffect(() => courier.shared.signIn(signedIn), []);
  return <CourierPreferences />;
}

createRoot(document.getElementById("root")).render(<Preferences />);
