// <courier-preferences src="…/embed/TOKEN" theme="auto" lang="de"></courier-preferences>
// The preferences of one recipient within your page. See docs/embedding.md.
const NUMBER = (value) => Number.isFinite(value) && value >= 0 && value < 1e5;
const TEXT = (value) => value === null || typeof value === "string";
const SHAPES = {
  ready: (m) => NUMBER(m.height) && TEXT(m.title) && TEXT(m.lang),
  height: (m) => NUMBER(m.height),
  reveal: (m) => NUMBER(m.top) && NUMBER(m.height),
  change: (m) => TEXT(m.topic) && TEXT(m.status) && Array.isArray(m.channels) && m.channels.every(TEXT),
  error: (m) => NUMBER(m.status),
  expired: () => true,
};
const THEMES = ["light", "dark"];

class CourierPreferences extends HTMLElement {
  static observedAttributes = ["src", "lang", "theme"];
  #frame;
  #isExpired = false;
  #silence;

  connectedCallback() {
    this.#frame = document.createElement("iframe");
    const { style } = this.#frame;
    this.style.display = "block";
    Object.assign(style, { display: "block", width: "100%", border: "0" });
    style.height = this.getAttribute("height") ? `${parseFloat(this.getAttribute("height"))}px` : "100vh";
    this.#frame.title = this.getAttribute("label") ?? "";
    if (this.hasAttribute("sandbox")) this.#frame.setAttribute("sandbox", this.getAttribute("sandbox"));
    this.#frame.addEventListener("load", () => this.#listen());
    (this.shadowRoot ?? this.attachShadow({ mode: "open" })).replaceChildren(this.#frame);
    addEventListener("message", this.#hear);
    this.#open();
  }

  disconnectedCallback() {
    removeEventListener("message", this.#hear);
    clearTimeout(this.#silence);
    this.#frame = undefined;
  }

  attributeChangedCallback(name, before, now) {
    if (!this.#frame || before === now) return;
    if (name === "theme") this.#say("theme", { theme: this.#theme });
    else if (name === "src" && this.#isExpired) {
      this.#isExpired = false;
      this.#say("link", { src: String(this.#address) });
    } else this.#open();
  }

  get #theme() {
    const theme = this.getAttribute("theme");
    const chosen = THEMES.includes(theme) ? theme : "auto";
    this.#frame.style.colorScheme = chosen === "auto" ? "light dark" : chosen;
    return chosen;
  }

  // Where the page is, with what this element knows; undefined where `src` is none.
  get #address() {
    const address = URL.parse(this.getAttribute("src") ?? "", document.baseURI);
    if (!address || !/^https?:$/.test(address.protocol)) return undefined;
    const more = { lang: this.lang, theme: this.#theme, topic: this.getAttribute("topic") };
    more.background = this.getAttribute("background");
    for (const [name, value] of Object.entries(more))
      if (value && value !== "auto") address.searchParams.set(name, value);
    return address;
  }

  get #origin() {
    const { sandbox } = this.#frame;
    const isOpaque = this.#frame.hasAttribute("sandbox") && !sandbox.contains("allow-same-origin");
    return isOpaque ? "null" : this.#address?.origin;
  }

  #open() {
    const address = this.#address;
    if (address) this.#frame.src = address;
  }

  // A page that may not be shown here says nothing at all.
  #listen() {
    this.#say("hello", {});
    clearTimeout(this.#silence);
    this.#silence = setTimeout(() => this.#fire("error", { status: 0, topic: null }), 4000);
  }

  #say(type, more) {
    const to = this.#origin;
    if (to) this.#frame.contentWindow?.postMessage({ source: "courier-preferences-host", type, ...more }, to === "null" ? "*" : to);
  }

  #hear = ({ source, origin, data }) => {
    if (!this.#frame || source !== this.#frame.contentWindow || origin !== this.#origin) return;
    if (data?.source !== "courier-preferences" || !Object.hasOwn(SHAPES, data.type)) return;
    if (SHAPES[data.type](data)) this[`_${data.type}`](data);
  };

  _ready({ title, height, lang }) {
    clearTimeout(this.#silence);
    this.#frame.title ||= title;
    this._height({ height });
    this.#say("theme", { theme: this.#theme });
    this.#fire("ready", { lang });
  }

  _height({ height }) {
    this.#frame.style.height = `${height}px`;
  }

  _reveal({ top, height }) {
    const at = this.#frame.getBoundingClientRect().top + top;
    const isSeen = at >= 0 && at + height <= innerHeight;
    if (!isSeen) scrollBy({ top: at - (innerHeight - Math.min(height, innerHeight)) / 2 });
  }

  _change({ topic, status, channels, kept }) {
    this.#fire("change", { topic, status, channels, kept: kept === true });
  }

  _error({ topic, status }) {
    this.#fire("error", { topic: topic ?? null, status });
  }

  _expired() {
    clearTimeout(this.#silence);
    this.#isExpired = true;
    this.#fire("expired", {});
  }

  #fire(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail, bubbles: true, composed: true }));
  }
}

customElements.get("courier-preferences") ?? customElements.define("courier-preferences", CourierPreferences);
