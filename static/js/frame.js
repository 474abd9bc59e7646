// Within a page of somebody else: tells it what happens here, and hears what it wishes.
// Speaks only with those that may embed us, which the server has named.
(() => {
  if (parent === window) return;
  const root = document.documentElement;
  const allowed = root.dataset.hosts.split(" ").filter(Boolean);
  const isAllowed = (origin) =>
    allowed.some((known) => {
      const [scheme, below] = known.split("://*.");
      if (!below) return origin === known;
      return origin.startsWith(`${scheme}://`) && origin.endsWith(`.${below}`);
    });
  const referrer = document.referrer && new URL(document.referrer).origin;
  let host = [location.ancestorOrigins?.[0], referrer].find((o) => o && isAllowed(o));
  let token = location.pathname.split("/")[2];
  let again; // does once more what a link that had become too old did not do
  const unsaid = []; // before we knew to whom
  const tell = (type, more) => {
    const message = { source: "courier-preferences", type, ...more };
    host ? parent.postMessage(message, host) : unsaid.push(message);
  };

  const height = () => Math.ceil(document.body.getBoundingClientRect().height);
  const standing = (form) => {
    const { on } = form.elements;
    const stays = on.getAttribute("aria-disabled") && on.checked;
    const ticked = form.querySelectorAll("[name=channel]:checked");
    return {
      topic: form.dataset.topic,
      status: stays ? "REQUIRED" : on.checked ? "OPTED_IN" : "OPTED_OUT",
      channels: [...ticked].map((box) => box.value),
    };
  };
  const reveal = (element) => {
    if (!element) return;
    const { top, height } = element.getBoundingClientRect();
    tell("reveal", { top: top + scrollY, height });
  };

  const formOf = (event) => event.detail.ctx?.sourceElement?.closest(".topic-form");
  document.addEventListener("htmx:response:error", (event) => {
    const { ctx } = event.detail;
    const form = formOf(event);
    if (ctx.response.status !== 410)
      return tell("error", { topic: form?.dataset.topic, status: ctx.response.status });
    const wish = ctx.request.body?.get("again") ?? String(ctx.request.body);
    const { id } = ctx.sourceElement;
    if (form) again = () => (ctx.sourceElement === form ? repeat(form, wish) : byId(id)?.click());
    tell("expired", {});
  });
  document.addEventListener("htmx:error", (event) =>
    tell("error", { topic: formOf(event)?.dataset.topic, status: 0 }),
  );
  document.addEventListener("htmx:after:swap", (event) => {
    const { ctx } = event.detail;
    const form = formOf(event);
    if (form && ctx.response?.status < 300)
      tell("change", { ...standing(form), kept: ctx.response.status === 202 });
    if (ctx.hx?.retarget) reveal(byId("problem"));
  });

  const byId = (id) => document.getElementById(id);
  const repeat = (form, wish) => {
    const field = document.createElement("input");
    Object.assign(field, { type: "hidden", name: "again", value: wish });
    form.append(field);
    htmx.trigger(form, "submit");
    setTimeout(() => field.remove());
  };
  // A fresh link for the same page: every address of ours gets it.
  const renew = (fresh) => {
    const address = URL.parse(fresh, location.href);
    const [, path, next, ...rest] = address?.pathname.split("/") ?? [];
    if (address?.origin !== new URL(location.href).origin) return;
    if (path !== "embed" || !next || rest.length) return;
    if ("expired" in root.dataset) return location.replace(address);
    const names = ["action", "formaction", "href", "hx-get", "hx-post"];
    for (const name of names)
      for (const element of document.querySelectorAll(`[${name}]`)) {
        const was = element.getAttribute(name);
        element.setAttribute(name, was.replace(`/embed/${token}`, `/embed/${next}`));
      }
    token = next;
    byId("problem")?.replaceChildren();
    again?.();
    again = undefined;
  };

  addEventListener("message", ({ source, origin, data }) => {
    if (source !== parent || !isAllowed(origin) || data?.source !== "courier-preferences-host") return;
    host = origin;
    for (const message of unsaid.splice(0)) parent.postMessage(message, host);
    if (data.type === "theme" && ["auto", "light", "dark"].includes(data.theme))
      data.theme === "auto" ? delete root.dataset.theme : (root.dataset.theme = data.theme);
    if (data.type === "link" && typeof data.src === "string") renew(data.src);
  });

  tell("ready", { title: document.title, lang: root.lang, height: height() });
  new ResizeObserver(() => tell("height", { height: height() })).observe(document.body);
  if ("expired" in root.dataset) tell("expired", {});
  if (document.querySelector(".notice:not(.notice-problem, .notice-old)"))
    tell("change", { topic: null, status: null, channels: [], kept: false });
  reveal(document.querySelector(".wanted, .notice-problem"));
})();
