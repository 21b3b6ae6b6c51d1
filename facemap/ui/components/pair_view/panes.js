// Two pictures in one geometry under one camera: slider, blink, side by side.
const CLICK_PX = 4;
const MAX_ZOOM = 10;      // screen pixels per picture pixel
const BAR_MM = [1, 2, 5, 10, 20, 50, 100];
const STEP = 2;           // of the divider, in percent

class Panes {
  constructor(root, signal) {
    const find = (selector) => root.querySelector(selector);
    this.view = find(".pv-view");
    this.panes = [find(".pv-first"), find(".pv-second")];
    this.images = this.panes.map((pane) => pane.querySelector("img"));
    this.handle = find(".pv-handle");
    this.scale = find(".pv-scale");
    this.blinkBar = find(".pv-blink");
    this.play = find(".pv-play");
    this.urls = [];
    this.camera = { k: 1, x: 0, y: 0 };
    this.pointers = new Map();
    this.at = 50;
    this.period = 1000;
    this.playing = !matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.listen(root, signal);
  }

  // ---- content ----------------------------------------------------------------------

  show(pair, pictures) {
    this.pair = pair;
    this.urls.forEach((url) => URL.revokeObjectURL(url));
    this.urls = pictures.map((jpeg) => jpeg.length ? URL.createObjectURL(new Blob([jpeg], { type: "image/jpeg" })) : null);
    this.images.forEach((image) => {
      image.width = pair.width_px;
      image.height = pair.height_px;
    });
    this.panes.forEach((pane, i) => {
      pane.querySelector(".pv-label").textContent = pair.labels[i];
      this.images[i].alt = pair.labels[i];
    });
    this.view.setAttribute("aria-label", `${pair.labels.join(" and ")}. Arrow keys move them, plus and minus zoom, 0 fits.`);
    this.images[0].src = this.urls[0];
    this.match(true);
    this.wipe(50);
    this.look(pair.focus);
  }

  match(on) {
    this.images[1].src = (on && this.urls[2]) || this.urls[1];
  }

  setMode(mode) {
    this.mode = mode;
    this.view.classList.toggle("pv-wipe", mode === "wipe");
    this.view.classList.toggle("pv-blinking", mode === "blink");
    this.view.classList.toggle("pv-side", mode === "side");
    this.view.closest(".pv").classList.toggle("pv-broad", mode === "side");
    this.blinkBar.hidden = mode !== "blink";
    this.blink(mode === "blink" && this.playing);
    if (this.pair) this.look(this.zone);
  }

  // ---- blink ------------------------------------------------------------------------

  blink(on) {
    clearInterval(this.timer);
    this.timer = on ? setInterval(() => this.flip(), this.period) : null;
    this.play.textContent = on ? "Pause" : "Play";
  }

  flip() {
    const other = this.view.classList.toggle("pv-other");
    this.view.dataset.shows = this.pair.labels[other ? 1 : 0];
  }

  pause() {
    this.playing = false;
    this.blink(false);
  }

  // ---- slider -----------------------------------------------------------------------

  wipe(percent) {
    this.at = Math.min(100, Math.max(0, percent));
    this.view.style.setProperty("--at", `${this.at}%`);
    this.handle.setAttribute("aria-valuenow", Math.round(this.at));
    const [first, second] = this.pair.labels;
    this.handle.setAttribute("aria-valuetext", `${Math.round(this.at)} % ${first}, ${Math.round(100 - this.at)} % ${second}`);
  }

  // ---- camera -----------------------------------------------------------------------

  size() {
    const { width, height } = this.view.getBoundingClientRect();
    return [this.mode === "side" ? width / 2 : width, height];
  }

  look(zone) {
    this.zone = zone ?? null;
    const found = this.pair.zones.find((one) => one.id === this.zone);
    const whole = [0, 0, this.pair.width_px, this.pair.height_px];
    let [x, y, w, h] = found ? found.box : whole;
    if (found) {
      // Some face around a zone tells where it is.
      const room = Math.max(8 * this.pair.px_per_mm, 0.12 * Math.max(w, h));
      [x, y, w, h] = [x - room, y - room, w + 2 * room, h + 2 * room];
    }
    const [width, height] = this.size();
    const k = Math.min(width / w, height / h, MAX_ZOOM);
    this.fitted = k;
    this.touched = false;
    // No bare ground beside a zone at the edge, where the picture is large enough.
    const inside = (offset, room, length) => length < room ? (room - length) / 2 : Math.min(0, Math.max(room - length, offset));
    this.set(k, inside(width / 2 - k * (x + w / 2), width, k * this.pair.width_px), inside(height / 2 - k * (y + h / 2), height, k * this.pair.height_px));
  }

  set(k, x, y) {
    this.camera = { k, x, y };
    for (const image of this.images) image.style.transform = `matrix(${k}, 0, 0, ${k}, ${x}, ${y})`;
    this.view.dataset.zoom = k.toFixed(4);
    this.view.classList.toggle("pv-zoomed", k > this.fitted * 1.01);
    this.drawScale(k * this.pair.px_per_mm);
  }

  zoom(factor, x, y) {
    const { k, x: x0, y: y0 } = this.camera;
    const [width, height] = this.size();
    const least = 0.5 * Math.min(width / this.pair.width_px, height / this.pair.height_px);
    const next = Math.min(MAX_ZOOM, Math.max(least, k * factor));
    const ratio = next / k;
    this.touched = true;
    this.set(next, x - ratio * (x - x0), y - ratio * (y - y0));
  }

  zoomMiddle(factor) {
    const [width, height] = this.size();
    this.zoom(factor, width / 2, height / 2);
  }

  pan(dx, dy) {
    this.touched = true;
    this.set(this.camera.k, this.camera.x + dx, this.camera.y + dy);
  }

  drawScale(pxPerMm) {
    const mm = BAR_MM.find((length) => length * pxPerMm >= 60) ?? BAR_MM[BAR_MM.length - 1];
    this.scale.querySelector("span").textContent = `${mm} mm`;
    this.scale.querySelector("i").style.width = `${mm * pxPerMm}px`;
    this.scale.setAttribute("aria-label", `Scale bar, ${mm} millimeters`);
  }

  // ---- input ------------------------------------------------------------------------

  listen(root, signal) {
    const on = (target, type, act, options = {}) => target.addEventListener(type, act, { signal, ...options });
    const here = (event) => {
      const box = this.view.getBoundingClientRect();
      const x = event.clientX - box.left;
      const half = this.mode === "side" && x > box.width / 2 ? box.width / 2 : 0;
      return [x - half, event.clientY - box.top];
    };
    on(this.view, "wheel", (event) => {
      event.preventDefault();
      const pixels = event.deltaY * [1, 16, 400][event.deltaMode];
      this.zoom(Math.exp(-pixels * 0.0015), ...here(event));
    }, { passive: false });
    on(this.view, "pointerdown", (event) => {
      if (event.target.closest("button")) return;
      if (event.target.closest(".pv-handle")) {
        this.dragging = event.pointerId;
        this.handle.setPointerCapture(event.pointerId);
        return;
      }
      this.pointers.set(event.pointerId, { x: event.clientX, y: event.clientY });
      this.press = { x: event.clientX, y: event.clientY, moved: this.pointers.size > 1 };
    });
    on(this.view, "pointermove", (event) => this.follow(event, here(event)));
    const release = (event) => {
      if (this.dragging === event.pointerId) this.dragging = null;
      if (!this.pointers.delete(event.pointerId)) return;
      const clicked = event.type === "pointerup" && this.press && !this.press.moved;
      if (clicked && this.mode === "wipe") this.wipeTo(event.clientX);
      if (clicked && this.mode === "blink") {
        this.pause();
        this.flip();
      }
      if (!this.pointers.size) this.press = null;
    };
    on(this.view, "pointerup", release);
    on(this.view, "pointercancel", release);
    on(this.view, "keydown", (event) => {
      if (this.key(event)) event.preventDefault();
    });
    on(root.querySelector(".pv-zoom"), "click", (event) => {
      const act = { in: () => this.zoomMiddle(1.4), out: () => this.zoomMiddle(1 / 1.4), fit: () => this.look(this.zone) }[event.target.dataset.do];
      if (act) act();
    });
    on(this.play, "click", () => {
      this.playing = !this.playing;
      this.blink(this.playing);
    });
    on(root.querySelector(".pv-flip"), "click", () => {
      this.pause();
      this.flip();
    });
    on(root.querySelector(".pv-speed"), "change", (event) => {
      this.period = Number(event.target.value);
      this.blink(this.playing);
    });
    const observer = new ResizeObserver(() => {
      if (this.pair && !this.touched) this.look(this.zone);
    });
    observer.observe(this.view);
    signal.addEventListener("abort", () => observer.disconnect());
  }

  wipeTo(clientX) {
    const box = this.view.getBoundingClientRect();
    this.wipe((clientX - box.left) / box.width * 100);
  }

  follow(event, [x, y]) {
    if (this.dragging === event.pointerId) {
      this.wipeTo(event.clientX);
      return;
    }
    const known = this.pointers.get(event.pointerId);
    if (!known) return;
    const now = { x: event.clientX, y: event.clientY };
    const other = [...this.pointers].find(([id]) => id !== event.pointerId)?.[1];
    if (other) {
      const gap = (point) => Math.hypot(point.x - other.x, point.y - other.y);
      this.pan((now.x - known.x) / 2, (now.y - known.y) / 2);
      this.zoom(gap(now) / Math.max(1, gap(known)), x + (other.x - now.x) / 2, y + (other.y - now.y) / 2);
      this.press = null;
    } else if (this.press) {
      if (!this.press.moved && Math.hypot(now.x - this.press.x, now.y - this.press.y) >= CLICK_PX) {
        this.press.moved = true;
        this.view.setPointerCapture(event.pointerId);
      }
      // A finger scrolls the page until the picture is zoomed in.
      const mayPan = event.pointerType !== "touch" || this.view.classList.contains("pv-zoomed");
      if (this.press.moved && mayPan) this.pan(now.x - known.x, now.y - known.y);
    }
    this.pointers.set(event.pointerId, now);
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("button")) return false;
    const onHandle = event.target.closest(".pv-handle");
    const step = event.shiftKey ? 200 : 50;
    const stride = event.shiftKey ? 5 * STEP : STEP;
    const act = (onHandle && {
      ArrowLeft: () => this.wipe(this.at - stride), ArrowRight: () => this.wipe(this.at + stride),
      ArrowDown: () => this.wipe(this.at - stride), ArrowUp: () => this.wipe(this.at + stride),
      PageDown: () => this.wipe(this.at - 10), PageUp: () => this.wipe(this.at + 10),
      Home: () => this.wipe(0), End: () => this.wipe(100),
    }[event.key]) || {
      ArrowLeft: () => this.pan(step, 0), ArrowRight: () => this.pan(-step, 0),
      ArrowUp: () => this.pan(0, step), ArrowDown: () => this.pan(0, -step),
      "+": () => this.zoomMiddle(1.25), "=": () => this.zoomMiddle(1.25), "-": () => this.zoomMiddle(0.8),
      0: () => this.look(this.zone),
      " ": this.mode === "blink" && (() => {
        this.pause();
        this.flip();
      }),
    }[event.key];
    if (!act) return false;
    act();
    return true;
  }

  destroy() {
    clearInterval(this.timer);
    this.urls.forEach((url) => URL.revokeObjectURL(url));
  }
}
