// Draws the plots of worlds side by side from the data in the page.
(() => {
  "use strict";

  const data = JSON.parse(document.getElementById("data").textContent);
  const AXIS = 64;
  const DAY = 86400;
  const DATES = [
    [365 * DAY, "{YYYY}", null, null, null, null, null, null, 1],
    [28 * DAY, "{MMM}", "\n{YYYY}", null, null, null, null, null, 1],
    [DAY, "{D} {MMM}", "\n{YYYY}", null, null, null, null, null, 1],
    [60, "{HH}:{mm}", "\n{D} {MMM} {YYYY}", null, "\n{D} {MMM}", null, null, null, 1],
  ];
  const KINDS = [
    ["accepted", "Accepted"], ["used", "Used"], ["idle", "Idle"], ["share", "Share of what is used"],
  ];

  const { element, runColour, runDash, axis } = reportPage;
  const short = (v) => (v >= 1e6 ? +(v / 1e6).toFixed(2) + "M" : v >= 1e3 ? +(v / 1e3).toFixed(1) + "k" : String(+v.toFixed(2)));

  let plots = [];

  const create = (box, height, series, columns, top, values) => {
    plots.push(new uPlot({
      width: Math.max(260, box.clientWidth),
      height,
      tzDate: (s) => uPlot.tzDate(new Date(s * 1000), "Etc/UTC"),
      padding: [10, 20, 0, 0],
      legend: { show: false },
      cursor: { show: false },
      series: [{}, ...series],
      scales: { x: { time: true }, y: { range: [0, top > 0 ? top : 1] } },
      axes: [axis({ space: 70, values: DATES }),
        axis({ size: AXIS, values: (_, splits) => splits.map(values) })],
    }, columns, box));
  };

  const key = (box, names) => {
    box.textContent = "";
    names.forEach((name, i) => {
      const entry = document.createElement("span");
      const swatch = document.createElement("i");
      swatch.className = "swatch flat";
      swatch.style.background = runColour(i);
      entry.append(swatch, name);
      box.append(entry);
    });
  };

  const make = (tag, className, text) => {
    const node = document.createElement(tag);
    if (className) node.className = className;
    if (text) node.textContent = text;
    return node;
  };

  // A figure with its title, and the box that its plot goes into.
  const figure = (grid, title, words, className, label) => {
    const node = make("figure");
    const caption = make("figcaption");
    if (title) caption.append(make("h3", "", title));
    caption.append(make("p", "", words));
    const plot = make("div", className);
    plot.setAttribute("role", "img");
    plot.setAttribute("aria-label", label + "; the figures are in the table");
    node.append(caption, plot);
    grid.append(node);
    return plot;
  };

  const lines = (box, runs, value, top) => {
    const line = make("div", "key-line");
    key(line, runs.map((run) => run.name));
    box.append(line);
    const columns = uPlot.join(runs.map((run) => [run.at, value(run)]));
    create(box, 230, runs.map((_, i) => ({
      stroke: runColour(i), width: 1.6, dash: runDash(i), spanGaps: true, points: { show: false },
    })), columns, top, short);
  };

  // Of a run and a kind: for each supplier, what it and those below it have.
  const stacked = (run, kind) => {
    const sums = run.at.map(() => 0);
    const all = run.at.map((_, t) => run.used.reduce((sum, of) => sum + of[t], 0));
    return run.used.map((_, i) => {
      const of = kind === "accepted" ? run.accepted[i]
        : kind === "used" ? run.used[i]
        : kind === "idle" ? run.accepted[i].map((v, t) => Math.max(0, v - run.used[i][t]))
        : run.used[i].map((v, t) => (all[t] > 0 ? 100 * v / all[t] : 0));
      return of.map((v, t) => (sums[t] += v));
    });
  };

  const demand = (box, lab) => {
    const { runs } = lab;
    const waiting = (run) => run.unmet.map((v, t) => v + run.queued[t]);
    const greatest = (value) => Math.max(0, ...runs.flatMap(value));
    if (greatest(waiting) === 0) {
      box.append(make("p", "note", "Nothing had to wait."));
      return;
    }
    const grid = make("div", "multiples");
    box.append(grid);
    lines(figure(grid, "Waiting in all", "GPUs asked for by jobs that have not got them", "plot",
      "GPUs of all jobs that wait, over time"), runs, waiting, 1.05 * greatest(waiting));
    const unmet = (run) => run.unmet;
    lines(figure(grid, "Of them without a place", "GPUs that no order takes, in no queue", "plot",
      "GPUs of jobs that no order takes, over time"), runs, unmet, 1.05 * greatest(unmet));
  };

  const capacity = (box, lab) => {
    const { runs } = lab;
    const names = make("div", "key-line");
    names.setAttribute("aria-hidden", "true");
    key(names, lab.suppliers);
    box.append(names);
    const tops = { share: 100 };
    for (const kind of ["accepted", "used", "idle"]) {
      tops[kind] = 0;
      for (const run of runs) {
        const layers = stacked(run, kind);
        if (layers.length) for (const v of layers[layers.length - 1]) tops[kind] = Math.max(tops[kind], 1.05 * v);
      }
    }
    runs.forEach((run) => {
      const grid = make("div", "multiples");
      box.append(make("h3", "run-title", run.name), grid);
      for (const [kind, words] of KINDS) {
        const plot = figure(grid, "", `${words}${kind === "share" ? ", %" : ", GPUs"}`, "plot small",
          `${words} by supplier over time, ${run.name}`);
        // The highest sum first: each layer covers what is below it.
        const layers = stacked(run, kind);
        const order = layers.map((_, i) => layers.length - 1 - i);
        create(plot, reportPage.printing ? 150 : 180, order.map((i) => ({
          stroke: runColour(i), fill: runColour(i), width: 0.5, points: { show: false },
        })), [run.at, ...order.map((i) => layers[i])], tops[kind],
        kind === "share" ? (v) => v + "%" : short);
      }
    });
  };

  const draw = () => {
    for (const plot of plots) plot.destroy();
    plots = [];
    const all = element("labs");
    all.textContent = "";
    for (const lab of data.labs) {
      const box = make("div", "lab");
      if (lab.lab) box.append(make("h3", "lab-title", lab.lab));
      all.append(box);
      demand(box, lab);
      capacity(box, lab);
    }
  };

  reportPage.keepDrawn(draw);
})();
