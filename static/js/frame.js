// Within a page of somebody else: tells it what happens here, and hears what it wishes.
// Speaks only with those that may embed us, which the server has named.
(() => {
  if (parent === window) return;
  const HOLD = 8000; // ms for which a host may take to hand in a fresh link
  const root = document.documentElement;
  const byId = (id) => document.getElementById(id);
  const expired = document.querySelector(".expired");
  const allowed = root.dataset.hosts.split(" ").filter(Boolean);
  const isAllowed = (origin) =>
    allowed.some((known) => {
      const [scheme, below] = known.split("://*.");
      if (!below) return origin === known;
      return origin.startsWith(`${scheme}://`) && origin.endsWith(`.${below}`);
    });
  const referrer = URL.canParse(document.referrer) && new URL(document.referrer).origin;
  let host = [location.ancestorOrigins?.[0], referrer].find((o) => o && isAllowed(o));
  let token = location.pathname.split("/")[2];
  const again = new Map(); // by topic: does once more what an old link did not do
  let holding; // the words about it, shown where no fresh link comes
  const unsaid = []; // before we knew to whom
  const tell = (type, more) => {
    const message = { source: "courier-preferences", type, ...more };
    if (host) parent.postMessage(message, host);
    else unsaid.push(message);
  };

  const height = () => Math.ceil(document.body.getBoundingClientRect().height);
  const reveal = (element) => {
    if (!element) return;
    const { top, height } = element.getBoundingClientRect();
    tell("reveal", { top: top + scrollY, height });
  };
  const standing = (form) => {
    const { on } = form.elements;
    const isLocked = on.checked && on.hasAttribute("aria-disabled");
    const ticked = form.querySelectorAll("[name=channel]:checked");
    return {
      topic: form.dataset.topic,
      status: isLocked ? "REQUIRED" : on.checked ? "OPTED_IN" : "OPTED_OUT",
      channels: [...ticked].map((box) => box.value),
    };
  };

  const listen = (name, react) =>
    document.addEventListener(name, (event) => {
      const { ctx } = event.detail;
      react(ctx, ctx?.sourceElement?.closest(".topic-form") ?? undefined, event);
    });
  listen("htmx:response:error", (ctx, form) => {
    const { status } = ctx.response;
    if (status !== 410) return tell("error", { topic: form?.dataset.topic ?? null, status });
    const isOwn = ctx.sourceElement === form;
    const wish = isOwn && (ctx.request.body.get("again") ?? String(ctx.request.body));
    const { id } = ctx.sourceElement;
    if (form) again.set(form, () => (isOwn ? repeat(form, wish) : byId(id)?.click()));
    const isRenewed = !ctx.request.action.includes(token);
    if (isRenewed) repeatAll();
    else tell("expired", {});
  });
  // Its words come only where no fresh link does: till then nothing moves.
  listen("htmx:before:swap", (ctx, form, event) => {
    if (ctx.response?.status !== 410) return;
    event.preventDefault();
    const { body } = new DOMParser().parseFromString(ctx.text, "text/html");
    clearTimeout(holding);
    holding = setTimeout(() => {
      byId("problem").replaceChildren(...body.childNodes);
      reveal(byId("problem"));
    }, HOLD);
  });
  listen("htmx:after:swap", (ctx, form) => {
    const status = ctx.response?.status;
    if (form && status < 300) tell("change", { ...standing(form), kept: status === 202 });
    if (ctx.hx?.retarget) reveal(byId("problem"));
  });
  listen("htmx:error", (ctx, form) => tell("error", { topic: form?.dataset.topic ?? null, status: 0 }));

  const repeat = (form, wish) => {
    const field = document.createElement("input");
    Object.assign(field, { type: "hidden", name: "again", value: wish });
    form.append(field);
    htmx.trigger(form, "submit");
    setTimeout(() => field.remove());
  };
  const repeatAll = () => {
    clearTimeout(holding);
    byId("problem")?.replaceChildren();
    for (const act of again.values()) act();
    again.clear();
  };
  // A fresh link for the same recipient: every address of ours gets it.
  const renew = (fresh) => {
    if (!URL.canParse(fresh)) return;
    const { origin, pathname } = new URL(fresh);
    const [, path, next, ...rest] = pathname.split("/");
    if (origin !== new URL(location.href).origin) return;
    if (path !== "embed" || !next || rest.length) return;
    const renewed = (address) => address.replace(`/embed/${token}`, `/embed/${next}`);
    const resent = document.querySelector(".resent");
    if (expired && !resent) return location.replace(renewed(location.href));
    for (const name of ["action", "formaction", "href", "hx-get", "hx-post"])
      for (const element of document.querySelectorAll(`[${name}]`))
        element.setAttribute(name, renewed(element.getAttribute(name)));
    token = next;
    if (resent) resent.submit();
    else repeatAll();
  };

  const HEARD = {
    hello: () => tell("height", { height: height() }),
    theme: ({ theme }) => {
      if (theme === "auto") delete root.dataset.theme;
      else if (theme === "light" || theme === "dark") root.dataset.theme = theme;
    },
    link: ({ src }) => typeof src === "string" && renew(src),
  };
  addEventListener("message", ({ source, origin, data }) => {
    if (source !== parent || !isAllowed(origin)) return;
    if (data?.source !== "courier-preferences-host" || !Object.hasOwn(HEARD, data.type)) return;
    host = origin;
    for (const message of unsaid.splice(0)) parent.postMessage(message, host);
    HEARD[data.type](data);
  });

  const [{ responseStatus = 200 } = {}] = performance.getEntriesByType("navigation");
  const opened = { title: document.title, lang: root.lang, height: height() };
  if (expired) tell("expired", {});
  else if (responseStatus >= 400) tell("error", { topic: null, status: responseStatus });
  else tell("ready", opened);
  new ResizeObserver(() => tell("height", { height: height() })).observe(document.body);
  if (document.querySelector(".notice:not(.notice-problem, .notice-old)"))
    tell("change", { topic: null, status: null, channels: [], kept: false });
  reveal(document.querySelector(".wanted, .notice-problem"));
})();
