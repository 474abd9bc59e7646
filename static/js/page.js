// Help for the preference page. Without it, or without htmx, every form still works.
(() => {
  if (!window.htmx) return;

  const latest = new WeakMap(); // the newest request of each form
  const formOf = (ctx) => ctx.sourceElement.closest("form.topic-form");
  const on = (name, react) =>
    document.addEventListener(name, (event) => {
      const ctx = event.detail.ctx;
      const form = ctx?.sourceElement && formOf(ctx);
      if (form) react(form, ctx, event);
    });

  // What was changed before this ran is not saved: its Save button stays.
  for (const form of document.querySelectorAll("form.topic-form")) {
    const changed = [...form.elements].some((e) => e.checked !== e.defaultChecked);
    if (changed) form.dataset.unsaved = "";
  }
  document.documentElement.classList.add("js");

  // A locked switch can be reached and read, but not turned.
  document.addEventListener("click", (event) => {
    if (event.target.matches("[role=switch][aria-disabled=true]")) event.preventDefault();
  });

  on("htmx:config:request", (form, ctx) => latest.set(form, ctx));

  // A request may have waited: by now the topic was drawn anew, with a new state.
  on("htmx:before:request", (form, ctx) => {
    ctx.request.body.set("state", form.elements.state.value);
    ctx.target = document.getElementById(ctx.target.id);
    ctx.target.setAttribute("aria-busy", "true");
  });

  // An answer that a newer click has overtaken is not shown, only remembered.
  on("htmx:before:swap", (form, ctx, event) => {
    if (latest.get(form) === ctx) return;
    const answer = new DOMParser().parseFromString(ctx.text, "text/html");
    const state = answer.querySelector("[name=state]");
    if (state) form.elements.state.value = state.value;
    event.preventDefault();
  });

  // An error of the page as a whole leaves the topic as it was.
  on("htmx:response:error", (form, ctx) => {
    if (ctx.hx.retarget) form.reset();
  });

  // Nobody answered: put the topic back, say so, and offer the same once more.
  on("htmx:error", (form, ctx) => {
    if (latest.get(form) !== ctx) return;
    const wish = ctx.request.body.get("again") ?? String(ctx.request.body);
    form.reset();
    const words = document.getElementById("unreachable").content.cloneNode(true);
    if (ctx.sourceElement === form) words.querySelector("button").value = wish;
    else words.querySelector("button").remove();
    form.querySelector(".topic-foot .topic-note").replaceChildren(words);
  });

  // A button that did its work is gone: the focus goes to the topic's switch.
  on("htmx:after:swap", (form) => {
    delete form.dataset.unsaved;
    if (document.activeElement === document.body) form.elements.on.focus();
  });

  on("htmx:finally:request", (form) => {
    form.querySelector(".topic").removeAttribute("aria-busy");
    const count = document.querySelectorAll("[role=switch]:checked").length;
    document.getElementById("on-count").textContent = count;
  });
})();
