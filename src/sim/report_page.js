// What the scripts of all report pages share: the colours and axes of plots, and drawing again when the
// page changes.
const reportPage = (() => {
  "use strict";

  const COLOURS = 8;
  const colour = (name) =>
    getComputedStyle(document.documentElement).getPropertyValue("--" + name).trim();

  const page = {
    COLOURS,
    printing: false,
    element: (id) => document.getElementById(id),
    colour,
    runColour: (i) => colour("run-" + (i % COLOURS)),
    runDash: (i) => (i < COLOURS ? [] : i < 2 * COLOURS ? [6, 3] : [2, 3]),
    axis: (more) => Object.assign({
      stroke: colour("soft"),
      font: "12px " + getComputedStyle(document.body).fontFamily,
      grid: { stroke: colour("line"), width: 1 },
      ticks: { stroke: colour("line"), width: 1, size: 4 },
    }, more),
  };

  // Draws now, and whenever the width, the colours or the medium have changed.
  page.keepDrawn = (draw) => {
    draw();
    let drawnWidth = document.body.clientWidth;
    let waiting = 0;
    addEventListener("resize", () => {
      clearTimeout(waiting);
      waiting = setTimeout(() => {
        if (page.printing || document.body.clientWidth === drawnWidth) return;
        drawnWidth = document.body.clientWidth;
        draw();
      }, 150);
    });
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
    // Paper is white, and as wide as an A4 page between its margins.
    addEventListener("beforeprint", () => {
      page.printing = true;
      document.documentElement.dataset.theme = "light";
      document.querySelector("main").style.width = "695px";
      draw();
    });
    addEventListener("afterprint", () => {
      page.printing = false;
      delete document.documentElement.dataset.theme;
      document.querySelector("main").style.width = "";
      draw();
    });
  };
  return page;
})();
