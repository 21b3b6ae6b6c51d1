// Links the plan's picture with the page. Called again on every rerun: same data, same picture.
const plans = new WeakMap();

function unpackPlan(bytes) {
  const data = bytes instanceof Uint8Array ? bytes : new Uint8Array(bytes);
  const length = new DataView(data.buffer, data.byteOffset, data.byteLength).getUint32(0, true);
  const text = new TextDecoder().decode(data.subarray(4, 4 + length));
  return [text, data.subarray(4 + length)];
}

class PlanMap {
  constructor(root) {
    this.root = root;
    this.abort = new AbortController();
    this.layers = { dermal: true, intramuscular: true, keepouts: true, lines: true, numbers: true, zones: false };
    this.corners = [];
    this.viewer = new PlanViewer(root, {
      signal: this.abort.signal,
      onHover: () => {},
      onSelect: (id) => this.press(id),
      onCorner: (corner) => this.add(corner),
    });
    const on = (selector, act) => root.querySelector(selector).addEventListener("click", act, { signal: this.abort.signal });
    on(".pm-outline", () => this.outline(!this.viewer.outlining));
    on(".pm-cancel", () => this.outline(false));
    on(".pm-done", () => this.finish());
  }

  show(text, jpeg) {
    if (text === this.text) return;
    this.text = text;
    const map = JSON.parse(text);
    if (map.id === this.id) this.viewer.update(map);
    else this.viewer.show(map, jpeg);
    this.id = map.id;
    this.map = map;
    this.drawChips(map);
    this.drawKey(map);
    this.drawKinds(map);
    this.root.querySelector(".pm").dataset.ready = map.id;
  }

  drawChips(map) {
    const shown = PLAN_LAYERS.filter(({ id }) => map.layers.includes(id));
    this.root.querySelector(".fm-chips").replaceChildren(...shown.map(({ id, name }) => {
      const chip = document.createElement("button");
      chip.type = "button";
      chip.className = "fm-chip";
      chip.textContent = name;
      chip.dataset.layer = id;
      const show = () => {
        chip.setAttribute("aria-pressed", String(this.layers[id]));
        this.viewer.toggle(id, this.layers[id]);
      };
      chip.addEventListener("click", () => {
        this.layers[id] = !this.layers[id];
        show();
      });
      show();
      return chip;
    }));
  }

  drawKey(map) {
    this.root.querySelector(".pm-key").replaceChildren(...map.key.map(({ kind, name, color }) => {
      const item = document.createElement("li");
      const swatch = element("svg", { viewBox: "-1.4 -1.4 2.8 2.8", "aria-hidden": "true" });
      if (SHAPES[kind]) {
        const mark = element("path", { d: SHAPES[kind], fill: color, stroke: "currentColor", "stroke-width": 0.22 });
        swatch.append(mark);
      } else if (kind === "line") {
        swatch.append(element("path", { d: "M-1.3 0.5Q0-0.9 1.3 0.3", fill: "none", stroke: "#14181d", "stroke-width": 0.75 }),
          element("path", { d: "M-1.3 0.5Q0-0.9 1.3 0.3", fill: "none", stroke: color, "stroke-width": 0.4 }));
      } else {
        swatch.append(element("rect", { x: -1.3, y: -1.1, width: 2.6, height: 2.2, fill: "none", stroke: "currentColor", "stroke-width": 0.14 }));
        const steps = kind === "every" ? [-1.6, -0.8, 0, 0.8, 1.6] : [-1.2, 0, 1.2];
        const clip = (d) => element("path", { d, fill: "none", stroke: "currentColor", "stroke-width": 0.14 });
        for (const s of steps) swatch.append(clip(lineIn(s, 1)));
        if (kind === "every") for (const s of steps) swatch.append(clip(lineIn(s, -1)));
      }
      const words = document.createElement("span");
      words.textContent = name;
      item.append(swatch, words);
      return item;
    }));
  }

  drawKinds(map) {
    const tool = this.root.querySelector(".pm-tool");
    tool.hidden = !map.outline_kinds.length;
    const select = this.root.querySelector(".pm-kind");
    if (select.children.length || tool.hidden) return;
    select.replaceChildren(...map.outline_kinds.map(({ id, name }) => {
      const option = document.createElement("option");
      option.value = id;
      option.textContent = name;
      return option;
    }));
  }

  press(id) {
    if (this.viewer.outlining || !this.map.can_remove) return;
    const found = /^(\d+)\.(\d+)$/.exec(id ?? "");
    if (found) this.emit("toggled", { step: Number(found[1]), point: Number(found[2]) });
  }

  outline(on) {
    this.viewer.outlining = on;
    this.corners = [];
    this.viewer.drawOutline([]);
    this.viewer.tip.hidden = true;
    this.root.querySelector(".pm").classList.toggle("pm-outlining", on);
    this.root.querySelector(".pm-outline").setAttribute("aria-pressed", String(on));
    this.root.querySelector(".pm-cancel").hidden = !on;
    this.root.querySelector(".pm-done").hidden = true;
    const hint = this.root.querySelector(".pm-hint");
    hint.hidden = !on;
    hint.textContent = "Click around it on the photo, three corners or more, then Done. Zoom in first where it is small.";
  }

  add(corner) {
    this.corners.push(corner.map((x) => Math.round(x * 100) / 100));
    this.viewer.drawOutline(this.corners);
    this.root.querySelector(".pm-done").hidden = this.corners.length < 3;
  }

  finish() {
    const kind = this.root.querySelector(".pm-kind").value;
    this.emit("outlined", { kind, outline_px: this.corners });
    this.outline(false);
  }

  destroy() {
    this.abort.abort();
    this.viewer.destroy();
  }
}

function lineIn(offset, way) {
  // A diagonal through the swatch's box, cut to it.
  const points = [];
  for (let t = -1.3; t <= 1.3001; t += 0.05) {
    const y = way * t + offset;
    if (y >= -1.1 && y <= 1.1) points.push([t, y]);
  }
  if (points.length < 2) return "M0 0";
  const [a, b] = [points[0], points[points.length - 1]];
  return `M${a[0]} ${a[1]}L${b[0]} ${b[1]}`;
}

export default function ({ parentElement: root, data, setTriggerValue }) {
  const [text, jpeg] = unpackPlan(data);
  let shown = plans.get(root);
  if (!shown) {
    shown = new PlanMap(root);
    plans.set(root, shown);
  }
  shown.emit = setTriggerValue;
  shown.show(text, jpeg);
  return () => {
    shown.destroy();
    plans.delete(root);
  };
}
