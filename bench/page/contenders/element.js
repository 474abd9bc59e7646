// Courier's web component as its documentation shows it, but for the address.
import { Courier } from "@trycourier/courier-ui-preferences";

const signedIn = JSON.parse(document.getElementById("signed-in").textContent);

document.getElementById("root").append(document.createElement("courier-preferences"));
Courier.shared.signIn(signedIn);
