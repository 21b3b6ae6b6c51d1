// The photo with its vector layers: pan, zoom, hover, select.
const SVG = "http://www.w3.org/2000/svg";
const CLICK_PX = 4;       // a pointer that moved less than this has clicked
const MAX_ZOOM = 12;      // screen pixels per photo pixel
const MIN_LINE_PX = 1.5;  // a line never gets thinner on the screen
const BAR_MM = [1, 2, 5, 10, 20, 50, 100];

function element(name, attributes = {}, children = []) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

class Viewer {
  constructor(root, { signal, onHover, onSelect }) {
    const find = (selector) => root.querySelector(selector);
    this.view = find(".fm-view");
    this.svg = find(".fm-svg");
    this.world = find(".fm-world");
    this.photo = find(".fm-photo");
    this.layers = {};
    for (const name of ["zones", "lines", "landmarks", "values"]) {
      this.layers[name] = find(`.fm-${name}`);
    }
    this.tip = find(".fm-tip");
    this.scale = find(".fm-scale");
    this.onHover = onHover;
    this.onSelect = onSelect;
    this.camera = { k: 1, x: 0, y: 0 };
    this.touched = false; // until the person moves the picture, it stays fitted
    this.pointers = new Map();
    this.listen(root, signal);
  }

  // ---- content ----------------------------------------------------------------

  show(map, jpeg) {
    this.map = map;
    this.zones = new Map();
    URL.revokeObjectURL(this.url);
    this.url = URL.createObjectURL(new Blob([jpeg], { type: "image/jpeg" }));
    const { width_px: w, height_px: h } = map;
    const frame = { x: -0.5, y: -0.5, width: w, height: h, href: this.url };
    for (const [key, value] of Object.entries(frame)) this.photo.setAttribute(key, value);
    this.view.setAttribute("aria-label",
      `${map.alt}. Arrow keys move it, plus and minus zoom, 0 fits the face.`);
    this.layers.zones.replaceChildren(...this.drawZones());
    this.layers.lines.replaceChildren(...this.drawLines());
    this.layers.landmarks.replaceChildren(...this.drawLandmarks());
    this.layers.values.replaceChildren(...this.drawValues());
    this.touched = false;
    this.fitFace();
  }

  drawZones() {
    return this.map.zones.filter((zone) => zone.path).map((zone) => {
      const shape = element("path", {
        d: zone.path, class: zone.judged ? "fm-zone" : "fm-zone fm-zone-none",
        "data-zone": zone.id, tabindex: "0", role: "button", "aria-label": zone.label,
      });
      shape.style.setProperty("--color", zone.color);
      this.zones.set(zone.id, shape);
      return shape;
    });
  }

  drawLines() {
    const order = { fold: 0, wrinkle: 1, fine_line: 2 };
    const sorted = [...this.map.lines].sort((a, b) => order[a.kind] - order[b.kind]);
    const colors = Object.fromEntries(this.map.kinds.map((kind) => [kind.id, kind.color]));
    return sorted.flatMap((line) => ["fm-casing", "fm-line"].map((layer) => {
      const path = element("path", { d: line.path, class: layer, "data-kind": line.kind, "data-of": line.zone });
      path.style.setProperty("--color", colors[line.kind]);
      path.style.setProperty("--sure", line.confidence);
      path.style.setProperty("--width", `${line.width_mm / this.map.mm_per_px / 2}px`);
      return path;
    }));
  }

  drawLandmarks() {
    return this.map.landmarks.map(([x, y]) => element("circle", { cx: x, cy: y, class: "fm-dot" }));
  }

  drawValues() {
    return this.map.zones.filter((zone) => zone.judged && zone.center).map((zone) => {
      const [x, y] = zone.center;
      const text = element("text", { x, y, class: "fm-value" });
      text.textContent = Math.round(zone.severity);
      return text;
    });
  }

  destroy() {
    URL.revokeObjectURL(this.url);
  }

  // ---- camera: screen = k * photo + (x, y) ------------------------------------------

  move(camera) {
    this.camera = camera;
    const { k, x, y } = camera;
    this.world.setAttribute("transform", `matrix(${k} 0 0 ${k} ${x} ${y})`);
    this.svg.style.setProperty("--k", k);
    this.svg.style.setProperty("--min-line", `${MIN_LINE_PX / k}px`);
    this.view.dataset.zoom = k.toFixed(4);
    this.drawScale();
  }

  fit(x0, y0, x1, y1, margin) {
    const { width, height } = this.view.getBoundingClientRect();
    if (!width || !height) return;
    const k = Math.min(width / (x1 - x0), height / (y1 - y0)) * (1 - margin);
    this.fitted = k;
    this.move({ k, x: (width - k * (x0 + x1)) / 2, y: (height - k * (y0 + y1)) / 2 });
    this.view.classList.remove("fm-zoomed");
  }

  fitPhoto() {
    this.fit(-0.5, -0.5, this.map.width_px - 0.5, this.map.height_px - 0.5, 0);
  }

  fitFace() {
    const box = this.layers.zones.getBBox();
    if (!box.width || !box.height) return this.fitPhoto();
    this.fit(box.x, box.y, box.x + box.width, box.y + box.height, 0.06);
  }

  zoom(factor, x, y) {
    const { k, x: x0, y: y0 } = this.camera;
    const least = Math.min(this.fitted, 1) / 4;
    const next = Math.min(MAX_ZOOM, Math.max(least, k * factor));
    this.touched = true;
    this.view.classList.toggle("fm-zoomed", next > this.fitted * 1.01);
    this.move({ k: next, x: x - (x - x0) * next / k, y: y - (y - y0) * next / k });
  }

  zoomMiddle(factor) {
    const { width, height } = this.view.getBoundingClientRect();
    this.zoom(factor, width / 2, height / 2);
  }

  pan(dx, dy) {
    this.touched = true;
    this.move({ ...this.camera, x: this.camera.x + dx, y: this.camera.y + dy });
  }

  drawScale() {
    const perMm = this.camera.k / this.map.mm_per_px;
    const mm = BAR_MM.findLast((length) => length * perMm <= 140) ?? BAR_MM[0];
    this.scale.querySelector("i").style.width = `${mm * perMm}px`;
    this.scale.querySelector("span").textContent = `${mm} mm`;
    this.scale.setAttribute("aria-label", `Scale bar: ${mm} millimeters`);
  }

  // ---- layers -----------------------------------------------------------------------

  toggle(layer, on) {
    this.svg.classList.toggle(`fm-hide-${layer}`, !on);
  }

  setOpacity(share) {
    this.svg.style.setProperty("--opacity", share);
  }

  mark(hovered, selected) {
    for (const [id, shape] of this.zones) {
      shape.classList.toggle("fm-hover", id === hovered);
      shape.classList.toggle("fm-selected", id === selected);
      shape.setAttribute("aria-pressed", id === selected);
    }
    this.svg.classList.toggle("fm-has-selected", Boolean(selected));
    for (const line of this.layers.lines.children) {
      line.classList.toggle("fm-selected", line.dataset.of === selected);
    }
  }

  tell(zoneId, x, y) {
    const zone = this.map.zones.find((one) => one.id === zoneId);
    this.tip.hidden = !zone;
    if (!zone) return;
    const line = (className, text) => {
      const made = document.createElement("div");
      made.className = className;
      made.textContent = text;
      return made;
    };
    this.tip.replaceChildren(line("fm-tip-name", zone.name), zone.judged
      ? line("fm-tip-text", `Severity ${zone.said} of 100 · grade ${zone.cells[0]}`)
      : line("fm-tip-text", zone.reason));
    const { width, height } = this.view.getBoundingClientRect();
    const left = Math.min(x + 14, width - this.tip.offsetWidth - 8);
    const top = y + 18 + this.tip.offsetHeight > height ? y - this.tip.offsetHeight - 10 : y + 18;
    this.tip.style.transform = `translate(${Math.max(8, left)}px, ${Math.max(8, top)}px)`;
  }

  // ---- input ------------------------------------------------------------------------

  listen(root, signal) {
    const on = (target, type, act, options = {}) => target.addEventListener(type, act, { signal, ...options });
    const here = (event) => {
      const box = this.view.getBoundingClientRect();
      return [event.clientX - box.left, event.clientY - box.top];
    };
    const zoneAt = (event) => event.target.closest?.("[data-zone]")?.dataset.zone ?? null;

    on(this.view, "wheel", (event) => {
      event.preventDefault();
      // Lines and pages instead of pixels: what some mice and browsers send.
      const pixels = event.deltaY * [1, 16, 400][event.deltaMode];
      this.zoom(Math.exp(-pixels * 0.0015), ...here(event));
    }, { passive: false });
    on(this.view, "pointerdown", (event) => {
      if (event.target.closest("button")) return;
      const [x, y] = here(event);
      this.pointers.set(event.pointerId, { x, y });
      this.press = { x, y, zone: zoneAt(event), moved: this.pointers.size > 1 };
    });
    on(this.view, "pointermove", (event) => this.follow(event, here(event), zoneAt(event)));
    const release = (event) => {
      if (!this.pointers.delete(event.pointerId)) return;
      if (event.type === "pointerup" && this.press && !this.press.moved) this.onSelect(this.press.zone);
      if (!this.pointers.size) this.press = null;
    };
    on(this.view, "pointerup", release);
    on(this.view, "pointercancel", release);
    on(this.view, "pointerleave", () => {
      this.onHover(null);
      this.tell(null);
    });
    on(this.view, "focusin", (event) => {
      const id = zoneAt(event);
      if (!id || !event.target.matches(":focus-visible")) return;
      const box = event.target.getBoundingClientRect(), frame = this.view.getBoundingClientRect();
      this.onHover(id);
      this.tell(id, box.left + box.width / 2 - frame.left, box.top + box.height / 2 - frame.top);
    });
    on(this.view, "focusout", () => {
      this.onHover(null);
      this.tell(null);
    });
    on(this.view, "keydown", (event) => {
      if (this.key(event, zoneAt(event))) event.preventDefault();
    });
    on(root.querySelector(".fm-zoom"), "click", (event) => {
      const act = { in: () => this.zoomMiddle(1.4), out: () => this.zoomMiddle(1 / 1.4),
        face: () => this.fitFace(), photo: () => this.fitPhoto() }[event.target.dataset.do];
      if (act) act();
    });
    const observer = new ResizeObserver(() => {
      if (this.map && !this.touched) this.fitFace();
    });
    observer.observe(this.view);
    signal.addEventListener("abort", () => observer.disconnect());
  }

  follow(event, [x, y], zone) {
    const known = this.pointers.get(event.pointerId);
    if (!known) {
      if (event.pointerType === "mouse") {
        this.onHover(zone);
        this.tell(zone, x, y);
      }
      return;
    }
    const other = [...this.pointers].find(([id]) => id !== event.pointerId)?.[1];
    if (other) {
      const gap = (point) => Math.hypot(point.x - other.x, point.y - other.y);
      this.pan((x - known.x) / 2, (y - known.y) / 2);
      this.zoom(gap({ x, y }) / Math.max(1, gap(known)), (x + other.x) / 2, (y + other.y) / 2);
      this.press = null;
    } else if (this.press) {
      if (!this.press.moved && Math.hypot(x - this.press.x, y - this.press.y) >= CLICK_PX) {
        this.press.moved = true;
        this.view.setPointerCapture(event.pointerId);
        this.tell(null);
      }
      // A finger scrolls the page until the picture is zoomed in.
      const mayPan = event.pointerType !== "touch" || this.view.classList.contains("fm-zoomed");
      if (this.press.moved && mayPan) this.pan(x - known.x, y - known.y);
    }
    this.pointers.set(event.pointerId, { x, y });
  }

  key(event, zone) {
    if (event.ctrlKey || event.metaKey || event.altKey) return false;
    const step = event.shiftKey ? 200 : 50;
    const act = {
      ArrowLeft: () => this.pan(step, 0), ArrowRight: () => this.pan(-step, 0),
      ArrowUp: () => this.pan(0, step), ArrowDown: () => this.pan(0, -step),
      "+": () => this.zoomMiddle(1.25), "=": () => this.zoomMiddle(1.25), "-": () => this.zoomMiddle(0.8),
      0: () => this.fitFace(), 9: () => this.fitPhoto(), Escape: () => this.onSelect(null),
      Enter: zone && (() => this.onSelect(zone)), " ": zone && (() => this.onSelect(zone)),
    }[event.key];
    if (!act) return false;
    act();
    return true;
  }
}
