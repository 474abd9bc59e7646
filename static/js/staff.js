// Help for the desk: keys. Without it every page works by Tab and Enter.
(() => {
  const WRITTEN = "input:not([type=checkbox], [type=radio]), select, textarea";
  const find = document.getElementById("find-topic");
  // "/" goes to the look-up from anywhere but a field.
  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.target.matches(WRITTEN)) return;
    event.preventDefault();
    document.querySelector("#desk-given, #given")?.focus();
  });
  // It is shown by script alone, too late for the browser's own autofocus.
  if (find?.autofocus && document.activeElement === document.body) find.focus();
  // A part of a name leaves the topics that have it; Enter goes to the first one.
  const forms = () => [...document.querySelectorAll("form.topic-form")];
  const has = (form, part) => form.querySelector(".topic-name").textContent.toLowerCase().includes(part);
  const none = document.getElementById("find-none");
  find?.addEventListener("input", () => {
    const part = find.value.trim().toLowerCase();
    for (const form of forms()) form.parentElement.hidden = !has(form, part);
    for (const group of document.querySelectorAll(".desk-main .group")) {
      group.hidden = !group.querySelector(".line:not([hidden])");
    }
    none.textContent = document.querySelector(".line:not([hidden])") ? "" : none.dataset.none;
  });
  find?.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    forms().find((form) => !form.parentElement.hidden)?.elements.on.focus();
  });
})();
