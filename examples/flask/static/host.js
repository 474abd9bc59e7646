// What a host may do: hear what was changed, and hand in a fresh link in time.
const preferences = document.querySelector("courier-preferences");
const log = document.querySelector("#log");

preferences.addEventListener("change", ({ detail }) => {
  log.textContent = `${detail.topic ?? "many topics"}: ${detail.status ?? "changed"}`;
});

preferences.addEventListener("error", ({ detail }) => {
  log.textContent = `The preferences answered ${detail.status}.`;
});

// Your backend mints a fresh link for whoever is signed in, and answers with it alone.
preferences.addEventListener("expired", async () => {
  const answer = await fetch("fresh-link", { method: "POST" });
  if (answer.ok) preferences.src = await answer.text();
});
