// The plan on the photo: points, what is kept out of, lines; and outlines that are drawn.
const PLAN_LAYERS = [
  { id: "dermal", name: "Points into skin" }, { id: "intramuscular", name: "Points into muscle" },
  { id: "keepouts", name: "Keep-outs" }, { id: "lines", name: "Lines" },
  { id: "numbers", name: "Numbers" }, { id: "zones", name: "Zones" },
];
const SHAPES = { dermal: "M1 0A1 1 0 1 1-1 0A1 1 0 1 1 1 0Z", intramuscular: "M0-1L1 0L0 1L-1 0Z" };
const NUMBERS_PX_PER_MM = 10; // points 2 mm apart have room for a number from here on
const EDGES = { dermal: "#14181d", intramuscular: "#ffffff" };

class PlanViewer extends Viewer {
  constructor(root, links) {
    super(root, links);
    const find = (selector) => root.querySelector(selector);
    this.parts = {
      zones: find(".pm-zones"), keepouts: find(".pm-keepouts"), lines: find(".fm-lines"),
      points: find(".pm-points"), badges: find(".pm-badges"), drawing: find(".pm-drawing"),
    };
    this.veil = find(".pm-veil");
    this.patterns = [...root.querySelectorAll("pattern")];
    this.onCorner = links.onCorner;
    // Before the viewer itself hears of it: it forgets what was pressed.
    this.view.addEventListener("pointerup", (event) => {
      if (!this.outlining || !this.press || this.press.moved) return;
      const box = this.view.getBoundingClientRect();
      const { k, x, y } = this.camera;
      this.onCorner([(event.clientX - box.left - x) / k, (event.clientY - box.top - y) / k]);
    }, { capture: true, signal: links.signal });
  }

  show(map, jpeg) {
    URL.revokeObjectURL(this.url);
    this.url = URL.createObjectURL(new Blob([jpeg], { type: "image/jpeg" }));
    const { width_px: w, height_px: h } = map;
    const frame = { x: -0.5, y: -0.5, width: w, height: h, href: this.url };
    for (const [key, value] of Object.entries(frame)) {
      this.photo.setAttribute(key, value);
      if (key !== "href") this.veil.setAttribute(key, value);
    }
    this.view.setAttribute("aria-label",
      `${map.alt}. Arrow keys move it, plus and minus zoom, 0 fits the face.`);
    this.update(map);
    this.touched = false;
    this.fitFace();
  }

  update(map) {
    this.map = map;
    this.names = new Map();
    this.svg.style.setProperty("--skin-r", 0.5 / map.mm_per_px);
    this.svg.style.setProperty("--muscle-r", 1.1 / map.mm_per_px);
    this.svg.classList.toggle("pm-can-remove", map.can_remove);
    this.parts.zones.replaceChildren(...map.zones.map((d) => element("path", { d, class: "pm-zone" })));
    // What is seen is one shape of each kind; each structure by itself only tells its name.
    this.parts.keepouts.replaceChildren(
      ...map.blocked.map(({ kind, path }) => element("path", { d: path, class: `pm-blocked pm-${kind}` })),
      ...map.keepouts.map((keepout, i) => {
        const id = `keepout-${i}`;
        this.names.set(id, [keepout.name, keepout.said]);
        return element("path", { d: keepout.path, class: "pm-keepout", "data-zone": id });
      }));
    this.parts.lines.replaceChildren(...this.drawLines());
    this.parts.points.replaceChildren(...map.steps.flatMap((step) => step.points.map((point) => this.drawPoint(step, point))));
    this.parts.badges.replaceChildren(...map.badges.map((badge) => this.drawBadge(badge)));
  }

  drawPoint(step, point) {
    const id = `${step.number}.${point.number}`;
    this.names.set(id, [point.name, point.said]);
    const mark = element("path", { d: SHAPES[step.mode], class: "pm-mark" });
    mark.style.setProperty("--color", step.color);
    mark.style.setProperty("--edge", EDGES[step.mode]);
    const number = element("text", { class: "pm-number" });
    number.textContent = point.label;
    number.style.transform = "translateY(calc(-6px / var(--k)))";
    // Each point into muscle has its badge.
    const parts = point.gone || step.mode === "intramuscular" ? [mark] : [mark, number];
    const group = element("g", {
      class: `pm-point pm-${step.mode}${point.gone ? " pm-gone" : ""}`, "data-zone": id,
      transform: `translate(${point.x} ${point.y})`,
    }, parts);
    return group;
  }

  drawBadge({ text, mode, x, y, dx, dy }) {
    const width = 9 + 7 * text.length;
    const label = element("text", { x: dx, y: dy });
    label.textContent = text;
    const box = element("rect", { x: dx - width / 2, y: dy - 8.5, width, height: 17, rx: 5 });
    const badge = element("g", { class: "pm-badge" }, [box, label]);
    badge.style.setProperty("--way", Math.sign(dx));
    return element("g", { transform: `translate(${x} ${y})`, class: `pm-badge-${mode}` }, [badge]);
  }

  drawOutline(corners) {
    const d = corners.length ? `M${corners.map(([x, y]) => `${x} ${y}`).join("L")}Z` : "";
    this.parts.drawing.replaceChildren(
      ...(d ? [element("path", { d })] : []),
      ...corners.map(([cx, cy]) => element("circle", { cx, cy })));
  }

  fitFace() {
    const [x0, y0, x1, y1] = this.map.face_px;
    this.fit(x0, y0, x1, y1, 0.02);
  }

  move(camera) {
    super.move(camera);
    const turn = { "pm-muscle": 45, "pm-every": 45 };
    for (const pattern of this.patterns) {
      pattern.setAttribute("patternTransform", `rotate(${turn[pattern.id]}) scale(${1 / camera.k})`);
    }
    const perMm = camera.k / this.map.mm_per_px;
    this.svg.classList.toggle("pm-close", perMm >= NUMBERS_PX_PER_MM);
  }

  toggle(layer, on) {
    this.svg.classList.toggle(`pm-hide-${layer}`, !on);
  }

  mark() {}

  tell(id, x, y) {
    const [name, said] = this.names.get(id) ?? [];
    this.tip.hidden = !name || this.outlining;
    if (this.tip.hidden) return;
    const line = (className, text) => {
      const made = document.createElement("div");
      made.className = className;
      made.textContent = text;
      return made;
    };
    this.tip.replaceChildren(line("fm-tip-name", name), line("fm-tip-text", said));
    const { width, height } = this.view.getBoundingClientRect();
    const left = Math.min(x + 14, width - this.tip.offsetWidth - 8);
    const top = y + 18 + this.tip.offsetHeight > height ? y - this.tip.offsetHeight - 10 : y + 18;
    this.tip.style.transform = `translate(${Math.max(8, left)}px, ${Math.max(8, top)}px)`;
  }
}
