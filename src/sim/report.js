// Draws the plots of a report from the data in the page. Everything that a plot shows is also in a
// table of the page; this script only draws.
(() => {
  "use strict";

  const data = JSON.parse(document.getElementById("data").textContent);
  const runs = data.runs;
  // More than these in one picture say nothing; the tables have them all.
  const RUNS_COMPARED = 6;
  const SIZES = [
    { most: 1, text: "1 GPU", radius: 1.6 },
    { most: 4, text: "2–4", radius: 2.2 },
    { most: 16, text: "5–16", radius: 3 },
    { most: 64, text: "17–64", radius: 4.2 },
    { most: Infinity, text: "more than 64", radius: 5.6 },
  ];
  const WAITS = [
    [1, "≤ 1 s"], [10, "10 s"], [60, "1 min"], [600, "10 min"], [3600, "1 h"], [36000, "10 h"],
    [86400 * 4, "4 d"], [86400 * 40, "40 d"], [86400 * 400, "400 d"], [86400 * 4000, "4,000 d"],
  ];
  const DAY = 86400;
  // Least step between marks, then what they say: as a rule, and where a year, month, day, hour or
  // minute begins.
  const DATES = [
    [365 * DAY, "{YYYY}", null, null, null, null, null, null, 1],
    [28 * DAY, "{MMM}", "\n{YYYY}", null, null, null, null, null, 1],
    [DAY, "{D} {MMM}", "\n{YYYY}", null, null, null, null, null, 1],
    [60, "{HH}:{mm}", "\n{D} {MMM} {YYYY}", null, "\n{D} {MMM}", null, null, null, 1],
    [0.001, "{HH}:{mm}:{ss}", "\n{D} {MMM} {YYYY}", null, "\n{D} {MMM}", null, null, null, 1],
  ];
  // Wide enough for all numbers, and the same for all plots, so that their times stand below each other.
  const AXIS = 64;
  // Several lines of more points than these cover each other.
  const POINTS_OVERLAID = 180;

  const { COLOURS, element, colour, runColour, runDash, axis } = reportPage;
  const count = (v) =>
    v.toLocaleString("en", { maximumFractionDigits: Math.abs(v) < 10 ? 2 : Math.abs(v) < 100 ? 1 : 0 });

  const duration = (s) => {
    if (s < 60) return Math.round(s) + " s";
    if (s < 3600) return Math.round(s / 60) + " min";
    if (s < 2 * DAY) return (s / 3600).toFixed(1) + " h";
    return (s / DAY).toFixed(1) + " d";
  };

  const first = Math.min(...runs.map((run) => (run.usage.at.length ? run.usage.at[0] : Infinity)));
  const origin = data.dates || !Number.isFinite(first) ? 0 : Math.floor(first / DAY) * DAY;
  const two = (n) => String(n).padStart(2, "0");
  const instant = (s) => {
    if (!data.dates) return "day " + ((s - origin) / DAY).toFixed(2);
    const at = new Date(s * 1000);
    return at.getUTCFullYear() + "-" + two(at.getUTCMonth() + 1) + "-" + two(at.getUTCDate()) + " " +
      two(at.getUTCHours()) + ":" + two(at.getUTCMinutes());
  };

  let plots = [];

  // Dates, or the days since the log began, at round numbers of them.
  const timeAxis = () => (data.dates ? axis({ space: 70, values: DATES }) : axis({
    space: 60,
    incrs: [1 / 24, 0.25, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000].map((d) => d * DAY),
    values: (_, splits) => splits.map((s) => "day " + +((s - origin) / DAY).toFixed(2)),
  }));

  const countAxis = () => axis({
    size: AXIS,
    values: (_, splits) => splits.map((v) => v.toLocaleString("en")),
  });

  const create = (box, options, columns) => {
    const plot = new uPlot(Object.assign({
      width: Math.max(260, box.clientWidth),
      tzDate: (s) => uPlot.tzDate(new Date(s * 1000), "Etc/UTC"),
      padding: [10, 28, 0, 0],
    }, options), columns, box);
    plots.push(plot);
  };

  // Means of neighbouring points, each at the end of its span.
  const thinned = (at, values) => {
    const step = Math.ceil(at.length / POINTS_OVERLAID);
    if (runs.length === 1 || step < 2) return [at, values];
    const table = [[], []];
    for (let i = 0; i < at.length; i += step) {
      const part = values.slice(i, i + step);
      if (i === 0 && part.length > 1) {
        table[0].push(at[0]);
        table[1].push(part[0]);
      }
      table[0].push(at[i + part.length - 1]);
      table[1].push(part.reduce((sum, v) => sum + v, 0) / part.length);
    }
    return table;
  };

  const overTime = (id, key) => {
    const box = element(id);
    const tables = runs.map((run) => thinned(run.usage.at, run.usage[key]));
    if (key === "used") tables.unshift([runs[0].usage.at, runs[0].usage.capacity]);
    if (tables.every((table) => table[0].length === 0)) {
      box.textContent = "Nothing was recorded.";
      return;
    }
    const columns = uPlot.join(tables);
    const series = [{ label: "time", value: (_, v) => (v == null ? "–" : instant(v)) }];
    const value = (u, v, s, i) => {
      // Runs have points of their own: between them the last one holds.
      for (; i != null && i >= 0 && v == null; --i) v = u.data[s][i];
      return v == null ? "–" : count(v);
    };
    if (key === "used") {
      series.push({
        label: "GPUs there", stroke: colour("capacity"), width: 1.5, spanGaps: true, value,
        fill: colour("faint"), paths: uPlot.paths.stepped({ align: -1 }), points: { show: false },
      });
    }
    runs.forEach((run, i) => {
      series.push({
        label: runs.length === 1 ? { used: "GPUs used", jobs: "jobs", gpus: "GPUs" }[key] : run.label,
        stroke: runColour(i), width: runs.length > 3 ? 1.1 : 1.4, dash: runDash(i), value,
        spanGaps: true, points: { show: false },
        fill: runs.length === 1 ? runColour(0) + "30" : undefined,
        show: i < RUNS_COMPARED || runs.length <= COLOURS,
      });
    });
    create(box, {
      height: reportPage.printing ? 200 : 240,
      series,
      axes: [timeAxis(), countAxis()],
      scales: {
        x: { time: data.dates },
        y: { range: (_, low, high) => [0, high > 0 ? high * 1.05 : 1] },
      },
      cursor: { sync: { key: "time" }, points: { size: 6 }, drag: { x: true, y: false } },
    }, columns);
  };

  const svg = (name, attributes, text) => {
    const node = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const key in attributes) node.setAttribute(key, attributes[key]);
    if (text !== undefined) node.textContent = text;
    return node;
  };

  // Median to 99% of the waits of each class as a line a run, on one logarithmic scale.
  const waits = (id, key) => {
    const box = element(id);
    box.textContent = "";
    const compared = runs.slice(0, RUNS_COMPARED);
    const labels = [];
    for (const run of compared) {
      for (const row of run[key]) if (!labels.includes(row.label)) labels.push(row.label);
    }
    if (key === "tenants") labels.length = Math.min(labels.length, 12);
    if (labels.length === 0 || (key === "tenants" && labels.length < 2)) {
      element(id + "-section").hidden = key === "tenants" || labels.length === 0;
      return;
    }
    const width = Math.max(300, box.clientWidth);
    const shown = (label) => (label.length > 22 ? label.slice(0, 21) + "…" : label || "(none)");
    const left = Math.min(width * 0.3, 14 + 7.2 * Math.max(...labels.map((l) => shown(l).length)));
    const step = compared.length > 1 ? 13 : 20;
    const gap = 12;
    const top = 8;
    const height = top + labels.length * (step * compared.length + gap);
    let longest = 60;
    for (const run of compared) for (const row of run[key]) longest = Math.max(longest, row.p99);
    const right = width - 64;
    const x = (wait) => left + (right - left) * Math.log(Math.max(1, wait)) / Math.log(longest * 1.1);

    const picture = svg("svg", { viewBox: `0 0 ${width} ${height + 26}`, "font-size": 12 });
    picture.setAttribute("aria-hidden", "true");
    for (const [wait, text] of WAITS) {
      if (wait > longest * 1.1) break;
      picture.append(svg("line", { x1: x(wait), x2: x(wait), y1: top, y2: height, stroke: colour("line") }));
      picture.append(svg("text", {
        x: x(wait), y: height + 16, "text-anchor": "middle", fill: colour("soft"),
      }, text));
    }
    let y = top;
    for (const label of labels) {
      const middle = y + (step * compared.length + gap) / 2;
      const name = svg("text", { x: left - 12, y: middle + 4, "text-anchor": "end", fill: colour("ink") }, shown(label));
      name.append(svg("title", {}, label));
      picture.append(name);
      picture.append(svg("line", { x1: left, x2: right, y1: y, y2: y, stroke: colour("line") }));
      compared.forEach((run, i) => {
        const row = run[key].find((candidate) => candidate.label === label);
        if (!row) return;
        const at = y + gap / 2 + step * (i + 0.5);
        const paint = runColour(i);
        const group = svg("g", {});
        group.append(svg("title", {}, `${label}, ${run.label}: ${count(row.jobs)} jobs; half waited ` +
          `at most ${duration(row.p50)}, 90% ${duration(row.p90)}, 99% ${duration(row.p99)}`));
        group.append(svg("line", { x1: x(row.p50), x2: x(row.p99), y1: at, y2: at, stroke: paint, "stroke-width": 2 }));
        group.append(svg("line", { x1: x(row.p90), x2: x(row.p90), y1: at - 4.5, y2: at + 4.5, stroke: paint, "stroke-width": 2 }));
        group.append(svg("circle", { cx: x(row.p99), cy: at, r: 3.6, fill: colour("paper"), stroke: paint, "stroke-width": 1.6 }));
        group.append(svg("circle", { cx: x(row.p50), cy: at, r: 4.2, fill: paint }));
        group.append(svg("text", {
          x: x(row.p99) + 9, y: at + 4, fill: colour("soft"), "font-size": 11,
        }, duration(row.p99)));
        picture.append(group);
      });
      y += step * compared.length + gap;
    }
    picture.append(svg("line", { x1: left, x2: right, y1: height, y2: height, stroke: colour("line") }));
    if (compared.length > 1) box.append(runKey(compared));
    box.append(picture);
  };

  const runKey = (compared) => {
    const line = document.createElement("div");
    line.className = "key-line";
    compared.forEach((run, i) => {
      const entry = document.createElement("span");
      const swatch = document.createElement("i");
      swatch.className = "swatch flat";
      swatch.style.background = runColour(i);
      entry.append(swatch, run.label);
      line.append(entry);
    });
    if (runs.length > compared.length) {
      line.append(`(the first ${compared.length} of ${runs.length} runs; the table has all)`);
    }
    return line;
  };

  const sizeClass = (gpus) => SIZES.findIndex((size) => gpus <= size.most);

  const starts = () => {
    const box = element("starts");
    box.textContent = "";
    const compared = runs.slice(0, RUNS_COMPARED).filter((run) => run.starts.submit.length > 0);
    if (compared.length === 0) {
      element("starts-section").hidden = true;
      return;
    }
    box.className = compared.length === 1 ? "multiples single" : "multiples";
    const key = element("starts-key");
    key.textContent = "";
    const present = new Set(compared.flatMap((run) => run.starts.gpus.map(sizeClass)));
    SIZES.forEach((size, i) => {
      if (!present.has(i)) return;
      const entry = document.createElement("span");
      const dot = document.createElement("i");
      dot.className = "swatch";
      dot.style.width = dot.style.height = 2 * size.radius + "px";
      dot.style.background = colour("dot-" + i);
      entry.append(dot, size.text);
      key.append(entry);
    });
    let longest = 60;
    let from = Infinity;
    let until = -Infinity;
    for (const { starts: s } of compared) {
      for (const wait of s.wait) if (wait > longest) longest = wait;
      from = Math.min(from, s.submit[0]);
      until = Math.max(until, s.submit[s.submit.length - 1]);
    }
    const margin = (until - from || DAY) * 0.015;
    const paints = SIZES.map((_, i) => colour("dot-" + i));
    const splits = WAITS.map(([wait]) => wait).filter((wait) => wait <= longest * 2);
    const names = new Map(WAITS);

    compared.forEach((run) => {
      const figure = document.createElement("figure");
      const plotBox = document.createElement("div");
      if (compared.length > 1) {
        const caption = document.createElement("figcaption");
        const title = document.createElement("h3");
        title.textContent = run.label;
        caption.append(title);
        figure.append(caption);
      }
      plotBox.className = "plot";
      plotBox.setAttribute("role", "img");
      plotBox.setAttribute("aria-label",
        `Waits of a sample of ${run.starts.submit.length} jobs by submission, ${run.label}`);
      figure.append(plotBox);
      box.append(figure);
      const classes = run.starts.gpus.map(sizeClass);
      const dots = (u) => {
        const ctx = u.ctx;
        ctx.save();
        ctx.beginPath();
        ctx.rect(u.bbox.left, u.bbox.top, u.bbox.width, u.bbox.height);
        ctx.clip();
        ctx.globalAlpha = 0.72;
        // The largest last: they are few.
        for (let c = 0; c < SIZES.length; ++c) {
          ctx.fillStyle = paints[c];
          const radius = SIZES[c].radius * devicePixelRatio;
          for (let i = 0; i < classes.length; ++i) {
            if (classes[i] !== c) continue;
            const px = u.valToPos(run.starts.submit[i], "x", true);
            const py = u.valToPos(Math.max(1, run.starts.wait[i]), "y", true);
            ctx.beginPath();
            ctx.arc(px, py, radius, 0, 2 * Math.PI);
            ctx.fill();
          }
        }
        ctx.restore();
      };
      const all = (_, found) => found;
      create(plotBox, {
        height: compared.length === 1 ? 360 : 230,
        legend: { show: false },
        cursor: { show: false },
        series: [{}, { paths: () => null, points: { show: false } }],
        scales: {
          x: { time: data.dates, range: [from - margin, until + margin] },
          y: { distr: 3, log: 10, range: [0.7, longest * 1.6] },
        },
        axes: [timeAxis(), axis({
          size: AXIS,
          splits: () => splits,
          filter: all,
          grid: { stroke: colour("line"), width: 1, filter: all },
          ticks: { stroke: colour("line"), width: 1, size: 4, filter: all },
          values: (_, found) => found.map((wait) => names.get(wait) || ""),
        })],
        hooks: { draw: [dots] },
      }, [run.starts.submit, run.starts.wait.map((wait) => Math.max(1, wait))]);
    });
  };

  const draw = () => {
    for (const plot of plots) plot.destroy();
    plots = [];
    for (const mark of document.querySelectorAll(".key")) {
      mark.style.background = runColour(Number(mark.dataset.run));
    }
    overTime("used", "used");
    overTime("jobs-queued", "jobs");
    overTime("gpus-queued", "gpus");
    waits("sizes", "sizes");
    waits("tenants", "tenants");
    starts();
  };

  reportPage.keepDrawn(draw);
})();
