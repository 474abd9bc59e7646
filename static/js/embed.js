// <courier-preferences src="https://…/embed/TOKEN" theme="dark" lang="de">…</courier-preferences>
// The preferences of one recipient within your page; see docs/embedding.md.
{
  const ATTRIBUTES = ["src", "theme", "topic", "background", "height", "sandbox", "label"];
  const SILENCE = 4000; // ms after which a loaded page that says nothing is none of ours
  const FULL_STOP = 60000; // ms within which a fresh link cannot have become too old
  const isNumber = (value) => Number.isFinite(value) && value >= 0 && value < 1e5;
  const isText = (value) => typeof value === "string";
  const isTextOrNull = (value) => value === null || isText(value);
  const SHAPES = {
    ready: (m) => isNumber(m.height) && isText(m.title) && isText(m.lang),
    height: (m) => isNumber(m.height),
    reveal: (m) => isNumber(m.top) && isNumber(m.height),
    change: (m) =>
      isTextOrNull(m.topic) && isTextOrNull(m.status) && typeof m.kept === "boolean" &&
      Array.isArray(m.channels) && m.channels.every(isText),
    error: (m) => isTextOrNull(m.topic) && isNumber(m.status),
    expired: () => true,
  };
  const sheet = () => {
    const made = new CSSStyleSheet();
    made.replaceSync(
      ":host{display:block}:host([hidden]){display:none}" +
        "div{position:relative}iframe{display:block;width:100%;border:0}" +
        "i{position:absolute;width:1px;scroll-margin:4rem}",
    );
    return made;
  };

  class CourierPreferences extends HTMLElement {
    static observedAttributes = ["lang", ...ATTRIBUTES];
    #place = document.createElement("div");
    #frame;
    #isExpired = false;
    #renewedAt = -Infinity;
    #silence;

    constructor() {
      super();
      const root = this.attachShadow({ mode: "open" });
      root.adoptedStyleSheets = [sheet()];
      root.append(this.#place);
    }

    connectedCallback() {
      for (const name of ATTRIBUTES)
        if (Object.hasOwn(this, name)) {
          const value = this[name]; // set before this script was there
          delete this[name];
          this[name] = value;
        }
      addEventListener("message", this.#hear);
      this.#open();
    }

    disconnectedCallback() {
      removeEventListener("message", this.#hear);
      clearTimeout(this.#silence);
      this.#frame?.remove();
      this.#frame = undefined;
    }

    connectedMoveCallback() {} // by moveBefore(), which leaves the frame as it is

    attributeChangedCallback(name, before, now) {
      if (!this.#frame || before === now || name === "height") return;
      if (name === "label") this.#frame.title = this.label;
      else if (name === "theme") this.#sayTheme();
      else if (name === "src" && this.#isExpired && this.#address) {
        this.#isExpired = false;
        this.#renewedAt = performance.now();
        this.#say("link", { src: this.#address });
      } else this.#open();
    }

    get #theme() {
      return ["light", "dark"].includes(this.theme) ? this.theme : "auto";
    }

    // Where the page is, with what this element knows; empty where `src` is nothing.
    get #address() {
      if (!this.src || !URL.canParse(this.src, document.baseURI)) return "";
      const address = new URL(this.src, document.baseURI);
      if (!/^https?:$/.test(address.protocol)) return "";
      const more = { lang: this.lang, topic: this.topic, background: this.background };
      if (this.#theme !== "auto") more.theme = this.#theme;
      for (const [name, value] of Object.entries(more))
        if (value) address.searchParams.set(name, value);
      return address.href;
    }

    get #runs() {
      return !this.hasAttribute("sandbox") || /(^|\s)allow-scripts(\s|$)/i.test(this.sandbox);
    }

    get #isOpaque() {
      return this.hasAttribute("sandbox") && !/(^|\s)allow-same-origin(\s|$)/i.test(this.sandbox);
    }

    // A new frame each time, so that nothing is added to the history of the host.
    #open(scrolls = !this.#runs) {
      clearTimeout(this.#silence);
      this.#isExpired = false;
      const frame = document.createElement("iframe");
      const before = this.#frame?.style.height;
      frame.style.height = before || (parseFloat(this.height) ? `${parseFloat(this.height)}px` : "100vh");
      frame.title = this.label;
      if (this.hasAttribute("sandbox")) frame.setAttribute("sandbox", this.sandbox);
      if (!scrolls) frame.scrolling = "no"; // as tall as it is, it never needs to
      frame.addEventListener("load", () => this.#listen(scrolls));
      const address = this.#address;
      if (address) frame.src = address;
      this.#frame = frame;
      this.#setScheme();
      this.#place.replaceChildren(...(address ? [frame] : []));
    }

    // A page that may not be shown here says nothing at all.
    #listen(scrolls) {
      if (!this.#runs) return;
      this.#say("hello");
      clearTimeout(this.#silence);
      this.#silence = setTimeout(() => {
        if (scrolls) return;
        this.#open(true);
        this.#fire("error", { topic: null, status: 0 });
      }, SILENCE);
    }

    #setScheme() {
      this.#frame.style.colorScheme = this.#theme === "auto" ? "light dark" : this.#theme;
    }

    #sayTheme() {
      this.#setScheme();
      this.#say("theme", { theme: this.#theme });
    }

    #say(type, more) {
      const message = { source: "courier-preferences-host", type, ...more };
      const to = this.#isOpaque ? "*" : new URL(this.#frame.src || "about:").origin;
      if (to !== "null") this.#frame.contentWindow?.postMessage(message, to);
    }

    #hear = ({ source, origin, data }) => {
      if (!this.#frame?.src || source !== this.#frame.contentWindow) return;
      if (origin !== (this.#isOpaque ? "null" : new URL(this.#frame.src).origin)) return;
      if (data?.source !== "courier-preferences" || !Object.hasOwn(SHAPES, data.type)) return;
      if (!SHAPES[data.type](data)) return;
      clearTimeout(this.#silence);
      this.#heard[data.type](data);
    };

    #heard = {
      ready: ({ title, height, lang }) => {
        this.#frame.title ||= title;
        this.#heard.height({ height });
        this.#sayTheme();
        this.#fire("ready", { lang });
      },
      height: ({ height }) => {
        this.#frame.style.height = `${height}px`;
      },
      reveal: ({ top, height }) => {
        const mark = document.createElement("i");
        Object.assign(mark.style, { top: `${top}px`, height: `${height}px` });
        this.#place.append(mark);
        mark.scrollIntoView({ block: "nearest" });
        mark.remove();
      },
      change: ({ topic, status, channels, kept }) => this.#fire("change", { topic, status, channels, kept }),
      error: ({ topic, status }) => this.#fire("error", { topic, status }),
      expired: () => {
        const isKnown = this.#isExpired;
        const isInVain = performance.now() - this.#renewedAt < FULL_STOP;
        this.#isExpired = true;
        if (isInVain) this.#fire("error", { topic: null, status: 410 });
        else if (!isKnown) this.#fire("expired", {});
      },
    };

    #fire(name, detail) {
      this.dispatchEvent(new CustomEvent(name, { detail }));
    }
  }

  for (const name of ATTRIBUTES)
    Object.defineProperty(CourierPreferences.prototype, name, {
      configurable: true,
      enumerable: true,
      get() {
        return this.getAttribute(name) ?? "";
      },
      set(value) {
        if (value === null || value === undefined) this.removeAttribute(name);
        else this.setAttribute(name, value);
      },
    });
  const name = "courier-preferences";
  if (!customElements.get(name)) customElements.define(name, CourierPreferences);
}
