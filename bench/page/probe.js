// Tells when what a visitor waits for has been painted, then acts as they would.
// `bench` is put around it: what to look for, as selectors.
((bench) => {
  const told = {};
  const found = (selector) => document.querySelectorAll(selector);
  const whole = () =>
    found(bench.name).length >= bench.count && found(bench.control).length >= bench.count;
  const moments = {
    first: () => found(bench.name).length > 0 && found(bench.control).length > 0,
    whole,
    usable: () => whole() && found(bench.ready).length > 0,
  };
  const isOpen = (moment) => !(moment in told) && moments[moment]();
  const finish = () => {
    const [paint] = performance.getEntriesByName("first-contentful-paint");
    if (!paint) return setTimeout(finish);
    window.benchTold(JSON.stringify({ ...told, paint: paint.startTime }));
    const control = document.querySelector(bench.act);
    control.scrollIntoView({ block: "center" });
    control.click();
  };
  // A frame's callbacks run before it is painted; a message after it.
  const look = () => {
    const now = Object.keys(moments).filter(isOpen);
    const painted = new MessageChannel();
    painted.port1.onmessage = () => {
      for (const moment of now) told[moment] = performance.now();
      if ("usable" in told) finish();
      else requestAnimationFrame(look);
    };
    painted.port2.postMessage("");
  };
  if (window === top && location.protocol === "http:") requestAnimationFrame(look);
})
