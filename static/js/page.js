// Help for the preference page. Without it, or without htmx, every form still works.
(() => {
  if (!window.htmx) return;
  const latest = new WeakMap(); // the newest request of each form
  const unshown = new WeakMap(); // a form's newest answer, where a click overtook it
  const on = (name, react) => document.addEventListener(name, (event) => {
    const form = event.detail.ctx?.sourceElement?.closest("form.topic-form");
    if (form) react(form, event.detail.ctx, event);
  });
  // The topic as the server last told it, be it that nobody has seen it yet.
  const putBack = (form) => {
    const topic = unshown.get(form);
    if (topic) form.querySelector(".topic").replaceWith(topic);
    if (topic) htmx.process(topic);
    form.reset();
  };

  // What was changed before this ran is not saved: its Save button stays.
  const isChanged = (e) => e.checked !== e.defaultChecked;
  for (const form of document.querySelectorAll("form.topic-form"))
    form.toggleAttribute("data-unsaved", [...form.elements].some(isChanged));
  document.documentElement.classList.add("js");
  // What came of the last act is told once, not again at every reload.
  const here = new URL(location);
  here.searchParams.delete("notice");
  if (origin !== "null") history.replaceState(null, "", here); // an opaque frame may not

  // What is locked can be reached and read, but not turned.
  const isLocked = (input) => input.matches("input[aria-disabled=true]");
  document.addEventListener("click", (event) => isLocked(event.target) && event.preventDefault());
  // Leaving while a change is on its way would lose it.
  addEventListener("beforeunload", (event) => {
    if (document.querySelector(".topic[aria-busy]")) event.preventDefault();
  });

  on("htmx:config:request", (form, ctx) => latest.set(form, ctx));
  // The topic may have been told anew while a request waited. It says what was sent
  // before to no answer, which may take effect yet.
  on("htmx:before:request", (form, ctx) => {
    const { body } = ctx.request;
    body.delete("state");
    ctx.wish = body.get("again") ?? String(body);
    body.set("unheard", form.dataset.unheard ?? "");
    form.dataset.unheard = `${body.get("unheard")}${ctx.wish}\n`.slice(-2000);
    body.set("state", (unshown.get(form) ?? form).querySelector("[name=state]").value);
    (ctx.target = form.querySelector(".topic")).setAttribute("aria-busy", "true");
    document.getElementById("problem").replaceChildren();
  });
  // An answer that a newer click has overtaken is kept, not shown.
  on("htmx:before:swap", (form, ctx, event) => {
    if (ctx.text.includes('name="state"')) delete form.dataset.unheard;
    if (latest.get(form) === ctx) return;
    const topic = new DOMParser().parseFromString(ctx.text, "text/html").querySelector(".topic");
    if (topic) unshown.set(form, document.adoptNode(topic));
    event.preventDefault();
  });
  // An error of the page as a whole leaves the topic as it was.
  on("htmx:response:error", (form, ctx) => ctx.hx.retarget && putBack(form));
  // Nobody answered: put the topic back, say so, and offer the same once more.
  on("htmx:error", (form, ctx) => {
    if (latest.get(form) !== ctx) return;
    putBack(form);
    form.querySelector("[name=again]")?.remove();
    const words = document.getElementById("unreachable").content.cloneNode(true);
    if (ctx.sourceElement === form) words.querySelector("button").value = ctx.wish;
    else words.querySelector("button").remove();
    form.querySelector(".topic-foot .topic-note").replaceChildren(words);
  });
  // A button that did its work is gone: the focus goes to the topic's switch.
  on("htmx:after:swap", (form, ctx) => {
    if (!ctx.hx.retarget) unshown.delete(form);
    delete form.dataset.unsaved;
    if (document.activeElement === document.body) form.elements.on.focus();
  });
  on("htmx:finally:request", (form) => {
    form.querySelector(".topic").removeAttribute("aria-busy");
    const count = document.querySelectorAll("[role=switch]:checked").length;
    document.getElementById("on-count").textContent = count;
  });
})();
